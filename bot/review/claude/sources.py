"""Reads files of the pull request's hostile tree: nothing outside it, no links, text only, small."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

MAX_BYTES = 1_000_000
MAX_FILES = 20_000  # of a tree that are named; the tree is the pull request's


def read_source(tree: Path, path: str) -> str | None:
    """The file's text with its line ends as they are; None when it is no plain UTF-8 file inside the tree."""
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or "\0" in path or not path:
        return None
    place = tree
    for part in parts.parts:
        place = place / part
        if place.is_symlink():
            return None
    try:
        if not place.is_file() or place.stat().st_size > MAX_BYTES:
            return None
        return place.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def files_in(tree: Path) -> Iterator[str]:
    """Paths of the tree's files in order, at most 20,000; not of hidden folders or of installed packages."""
    seen = 0
    for folder, folders, files in os.walk(tree):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one != "node_modules")
        for name in sorted(files):
            seen += 1
            if seen > MAX_FILES:
                return
            yield (Path(folder) / name).relative_to(tree).as_posix()
