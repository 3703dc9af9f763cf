"""Trees on disk: a commit exported without obeying its repository, copies of it, files put into them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from bot.errors import InputError

# Bytes as they were committed: no conversion of line ends, no filter, no keyword, despite .gitattributes
AS_COMMITTED = "* -text -filter -ident !eol !working-tree-encoding\n"
SECONDS = 300


@contextmanager
def blank_repository(objects: Path | None = None, object_format: str = "sha1") -> Iterator[dict[str, str]]:
    """The environment for git commands that obey no configuration; they can read the objects in `objects`."""
    with tempfile.TemporaryDirectory(prefix="suture-git-") as folder:
        home = Path(folder)
        for name in ("objects/info", "refs", "info"):
            (home / name).mkdir(parents=True)
        version = "[core]\n\trepositoryformatversion = 1\n\tbare = false\n\tlogAllRefUpdates = false\n"
        (home / "config").write_text(f"{version}[extensions]\n\tobjectFormat = {object_format}\n")
        (home / "HEAD").write_text("ref: refs/heads/none\n")
        (home / "info" / "attributes").write_text(AS_COMMITTED)
        if objects is not None:
            (home / "objects" / "info" / "alternates").write_text(f"{objects}\n")
        yield {
            "PATH": os.defpath,
            "LC_ALL": "C.UTF-8",
            "HOME": folder,
            "GIT_DIR": folder,
            "GIT_INDEX_FILE": str(home / "index"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_LAZY_FETCH": "1",
        }


def export_tree(repository: Path, ref: str, destination: Path) -> str:
    """Write the files of commit `ref` to the folder `destination` (made here) and return the full sha.

    Nothing of the repository is changed and none of its hooks, filters or settings is obeyed. Submodules are
    left out. Raises InputError for a folder that is no repository and for a ref that names no commit.
    """
    words = ("rev-parse", "--path-format=absolute", "--show-object-format", "--git-path", "objects")
    found = _ask(repository, *words)
    if found is None:
        raise InputError(f"{repository} is not a git repository that can be read here. Give the path of one.")
    object_format, objects = found.splitlines()
    sha = _ask(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if sha is None:
        raise InputError(
            f"{ref!r} is not a commit of {repository}. Fetch it, or name a branch, tag or sha of it."
        )
    destination.mkdir(parents=True, exist_ok=True)
    with blank_repository(Path(objects), object_format) as environment:
        here = environment | {"GIT_WORK_TREE": str(destination)}
        for arguments in (("read-tree", sha), ("checkout-index", "--all", "--force", "--quiet")):
            done = subprocess.run(
                ["git", *arguments],
                cwd=destination,
                env=here,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
            if done.returncode != 0:
                said = done.stderr.decode(errors="replace").strip()
                raise InputError(f"Commit {sha} of {repository} cannot be read in full: {said}")
    return sha


def _ask(repository: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(repository), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except OSError as exc:
        raise InputError(f"git cannot be run ({exc.strerror}). Install git and try again.") from exc
    return done.stdout.strip() if done.returncode == 0 else None


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
    place.write_bytes(content.encode())
