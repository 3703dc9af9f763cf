"""Reads files of the pull request's hostile tree: nothing outside it, no links, text only, small."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

MAX_BYTES = 1_000_000


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
