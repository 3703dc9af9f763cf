"""Files of a tree that strangers wrote, read as data: regular, of a bounded size, never through a link."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bot.config.globs import folder_of, matches

LARGEST = 64_000  # bytes
MOST_LOOKED_AT = 50_000  # files, for one pattern


class UnreadableError(Exception):
    """The file cannot be read; the message says why."""


def read_file(tree: Path, name: str) -> str | None:
    """The file's text; None when there is none. Raises UnreadableError."""
    root = tree.resolve()
    path = root / name
    if not os.path.lexists(path):
        return None
    if not path.is_file() or path.resolve() != path:
        raise UnreadableError("it is not a regular file of the repository")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UnreadableError(f"it cannot be opened ({error.strerror})") from None
    if len(data) > LARGEST:
        raise UnreadableError(f"it is larger than {LARGEST // 1000} kB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("it is not UTF-8 text") from None


def find_files(tree: Path, pattern: str) -> Iterator[str]:
    """Paths of the files that the pattern names, in order; no link is followed. Raises UnreadableError."""
    root = tree.resolve()
    start = root / folder_of(pattern)
    if not start.is_dir() or start.resolve() != start:
        return
    looked_at = 0
    for folder, folders, files in os.walk(start):
        folders.sort()
        looked_at += len(files)
        if looked_at > MOST_LOOKED_AT:
            raise UnreadableError(f"there are more than {MOST_LOOKED_AT} files to look at; name a folder")
        for file in sorted(files):
            name = Path(folder, file).relative_to(root).as_posix()
            if matches(pattern, name):
                yield name
