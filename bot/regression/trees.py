"""Trees on disk: copies of them, and files put into them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from bot.errors import InputError
from bot.forge.git import blank_repository as blank_repository  # noqa: PLC0414  patches are applied in one


@contextmanager
def scratch_copy(tree: Path) -> Iterator[Path]:
    """A private copy of the tree, links kept as links, without its .git; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="suture-tree-") as folder:
        copy = Path(folder, "tree")
        shutil.copytree(tree, copy, symlinks=True, ignore=_only_git_at_top(tree))
        yield copy


def _only_git_at_top(tree: Path):  # type: ignore[no-untyped-def]  # shutil's own alias for this is private
    def ignore(folder: str, names: list[str]) -> set[str]:
        return {".git"} & set(names) if Path(folder) == tree else set()

    return ignore


def is_plain_path(path: str) -> bool:
    """Is this a relative path in its shortest form, that stays below where it starts and out of .git?"""
    pure = PurePosixPath(path)
    odd = not path or "\0" in path or "\\" in path or str(pure) != path or pure.is_absolute()
    return not odd and not any(part == ".." or part.lower() == ".git" for part in pure.parts)


def is_below(tree: Path, path: str) -> bool:
    """Is this a plain path that reaches its place in the tree through real folders, never through a link?"""
    if not is_plain_path(path):
        return False
    place = tree
    for part in PurePosixPath(path).parts:
        if place != tree and (place.is_symlink() or (place.exists() and not place.is_dir())):
            return False
        place = place / part
    return not place.is_symlink() and (not place.exists() or place.is_file())


def read_file(tree: Path, path: str) -> bytes | None:
    """The content of a plain file of the tree; None when there is none there, or only through a link."""
    if not is_below(tree, path) or not (tree / path).is_file():
        return None
    return (tree / path).read_bytes()


def write_file(tree: Path, path: str, content: str) -> None:
    """Put a file into a scratch tree, folders and all. Raises InputError for a path that leaves the tree."""
    if not is_below(tree, path):
        raise InputError(f"{path!r} is not a place for a file inside the repository.")
    place = tree / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content.encode("utf-8", "surrogateescape"))
