"""What is sent into a pod: the source, and small folders beside it, as one tar archive with its digest."""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bot.errors import InputError
from bot.sandbox.launch import real_path

CHUNK = 1 << 20


class TooLargeError(InputError):
    """The source does not fit into the room that its copy has."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """An archive at its beginning. `digest` is its SHA-256 in hexadecimal."""

    file: IO[bytes]
    digest: str


@contextmanager
def packed(source: Path, sent: tuple[Path, ...], most: int) -> Iterator[Parcel]:
    """The source as src/, each of `sent` as sent/0, sent/1 …; of the source's .git only that there is one.

    Links stay links; sockets, pipes and devices are left out. Raises TooLargeError for more than `most`
    bytes of source, InputError for a path that is not there.
    """
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as archive:
            size = 0
            for path, name in _entries(real_path(source), "src", hidden=".git"):
                size += _add(archive, path, name, empty=name == "src/.git")
                if size > most:
                    raise TooLargeError(
                        f"{source} holds more than {most} bytes, which is all its copy may have."
                    )
            for number, folder in enumerate(sent):
                _add(archive, folder, f"sent/{number}")
                for path, name in _entries(folder, f"sent/{number}"):
                    _add(archive, path, name)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        yield Parcel(file, digest)


def _entries(root: Path, name: str, hidden: str = "") -> Iterator[tuple[Path, str]]:
    """Everything below a folder, folders before what is in them; what is in `hidden` is not looked at."""
    if not root.is_dir():
        return
    with os.scandir(root) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        yield Path(entry.path), f"{name}/{entry.name}"
        if entry.is_dir(follow_symlinks=False) and entry.name != hidden:
            yield from _entries(Path(entry.path), f"{name}/{entry.name}")


def _add(archive: tarfile.TarFile, path: Path, name: str, *, empty: bool = False) -> int:
    """Add one entry as nobody's in particular; how many bytes of content it has."""
    found = path.lstat()
    info = tarfile.TarInfo(name)
    info.mtime, info.mode = int(found.st_mtime), stat.S_IMODE(found.st_mode) & 0o777 | 0o400
    if stat.S_ISDIR(found.st_mode):
        info.type, info.mode = tarfile.DIRTYPE, info.mode | 0o700
    elif stat.S_ISLNK(found.st_mode):
        info.type, info.linkname = tarfile.SYMTYPE, str(path.readlink())
    elif not stat.S_ISREG(found.st_mode):
        return 0
    elif not empty:
        info.size = found.st_size
        with path.open("rb") as content:
            archive.addfile(info, content)
        return info.size
    archive.addfile(info)
    return 0
