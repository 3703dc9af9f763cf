"""Runs in the sandbox for hostile code, without network: unpacks a source archive and builds its wheel.

`build_sdist.py show ARCHIVE RESULT` gives its pyproject.toml; `build_sdist.py build ARCHIVE RESULT BACKEND
[PATH …]` the wheel, as the build backend makes it.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from pathlib import Path


def unpack(archive: str) -> Path:
    """The folder that the archive holds."""
    shutil.unpack_archive(archive, "unpacked")
    return next(one for one in Path("unpacked").resolve().iterdir() if one.is_dir())


def build(backend: str, paths: list[str]) -> Path:
    """Call the backend in the current folder."""
    sys.path[0:0] = [str(Path(one).resolve()) for one in paths]
    module, _, attributes = backend.partition(":")
    made = importlib.import_module(module)
    for one in filter(None, attributes.split(".")):
        made = getattr(made, one)
    Path("/tmp/wheel").mkdir()  # noqa: S108  the sandbox's own
    return Path("/tmp/wheel", made.build_wheel("/tmp/wheel"))  # noqa: S108  the sandbox's own


if __name__ == "__main__":
    _, verb, archive, result, *words = sys.argv  # read first: backends put words of their own in its place
    folder = unpack(archive)
    os.chdir(folder)
    if verb == "show":
        given = folder / "pyproject.toml"
        Path(result).write_bytes(given.read_bytes() if given.is_file() else b"")
    else:
        shutil.copyfile(build(words[0], words[1:]), result)
