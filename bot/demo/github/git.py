"""Bare git repositories of the stand-in: made, read and written by git itself."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_SETTINGS = {
    "http.receivepack": "true",
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "receive.hideRefs": "refs/pull",
    "receive.denyDeleteCurrent": "ignore",
    "core.quotePath": "false",
    "core.logAllRefUpdates": "false",
    "gc.auto": "0",
}


class GitError(Exception):
    """git said no; the message is what it said."""


@dataclass(frozen=True)
class Signature:
    """Who made a commit, and when."""

    name: str
    email: str
    when: datetime


@dataclass(frozen=True)
class Commit:
    """What a commit says of itself."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


def environment() -> dict[str, str]:
    """An environment in which git reads no settings but the repository's own."""
    return {
        "PATH": os.defpath,
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
    }


def git(path: Path, *args: str, data: bytes | None = None, env: Mapping[str, str] | None = None) -> bytes:
    """What `git ARGS` prints in the repository at `path`. Raises GitError."""
    done = subprocess.run(
        ["git", "--git-dir", str(path), *args],
        input=data,
        capture_output=True,
        check=False,
        env=environment() | dict(env or {}),
    )
    if done.returncode != 0:
        raise GitError(done.stderr.decode(errors="replace").strip() or f"git {args[0]} failed")
    return done.stdout


def init(path: Path, branch: str) -> None:
    """Make an empty bare repository whose HEAD names `branch`."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--bare", f"--initial-branch={branch}")
    for name, value in _SETTINGS.items():
        git(path, "config", name, value)


def resolve(path: Path, revision: str) -> str | None:
    """The commit `revision` names, or None."""
    if revision.startswith("-"):
        return None
    try:
        return git(path, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
    except GitError:
        return None


def object_type(path: Path, sha: str) -> str | None:
    """ "commit", "tree", "blob" or "tag", or None where there is no such object."""
    try:
        return git(path, "cat-file", "-t", sha).decode().strip() if not sha.startswith("-") else None
    except GitError:
        return None


def empty_tree(path: Path) -> str:
    """The tree without files."""
    return git(path, "hash-object", "-t", "tree", "-w", "--stdin", data=b"").decode().strip()


def merge_base(path: Path, one: str, other: str) -> str | None:
    """The common ancestor of two commits, or None when they have none."""
    try:
        return git(path, "merge-base", one, other).decode().strip()
    except GitError:
        return None


def is_ancestor(path: Path, ancestor: str, descendant: str) -> bool:
    """Whether moving from `ancestor` to `descendant` is a fast forward."""
    return merge_base(path, ancestor, descendant) == ancestor


def refs(path: Path, prefix: str = "refs/") -> dict[str, str]:
    """Names and targets of all refs that begin with `prefix`, in git's order."""
    out = git(path, "for-each-ref", "--format=%(objectname) %(refname)").decode()
    pairs = (line.split(" ", 1) for line in out.splitlines())
    return {name: sha for sha, name in pairs if name.startswith(prefix)}


def update_ref(path: Path, ref: str, sha: str | None) -> None:
    """Point `ref` at `sha`, or delete it."""
    git(path, "update-ref", *(("-d", ref) if sha is None else (ref, sha)))


def read_file(path: Path, revision: str, name: str) -> bytes | None:
    """The file's content at `revision`, or None where there is none."""
    try:
        return git(path, "cat-file", "blob", f"{revision}:{name}")
    except GitError:
        return None


def commits(path: Path, base: str, head: str) -> list[str]:
    """Commits of `head` that `base` lacks, oldest first."""
    return git(path, "rev-list", "--reverse", "--topo-order", f"{base}..{head}").decode().split()


def read_commit(path: Path, sha: str) -> Commit:
    """The commit's record. Raises GitError."""
    layout = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
    out = git(path, "show", "--no-patch", f"--format={layout}", sha).decode(errors="replace")
    sha, tree, parents, an, ae, at, cn, ce, ct, message = out.split("\0")
    return Commit(
        sha,
        tree,
        tuple(parents.split()),
        Signature(an, ae, datetime.fromisoformat(at)),
        Signature(cn, ce, datetime.fromisoformat(ct)),
        message.rstrip("\n"),
    )


def commit_tree(
    path: Path, tree: str, parents: tuple[str, ...], message: str, author: Signature, committer: Signature
) -> str:
    """The sha of a new commit of `tree`."""
    env = {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_AUTHOR_DATE": author.when.isoformat(),
        "GIT_COMMITTER_NAME": committer.name,
        "GIT_COMMITTER_EMAIL": committer.email,
        "GIT_COMMITTER_DATE": committer.when.isoformat(),
    }
    flags = [flag for parent in parents for flag in ("-p", parent)]
    return git(path, "commit-tree", tree, *flags, data=message.encode(), env=env).decode().strip()


@contextmanager
def _index(base: str | None, path: Path) -> Iterator[dict[str, str]]:
    """An index of its own, filled from `base`."""
    with tempfile.TemporaryDirectory(prefix="index-") as folder:
        env = {"GIT_INDEX_FILE": f"{folder}/index"}
        git(path, "read-tree", *((base,) if base else ("--empty",)), env=env)
        yield env


_SOURCES = (".", ":(exclude,glob)**/__pycache__/**")  # an installation may have compiled a scenario's modules


def folder_tree(path: Path, folder: Path) -> str:
    """The tree of what is in `folder`, ignored files included, without what Python compiled there."""
    with _index(None, path) as env:
        git(path, "--work-tree", str(folder.resolve()), "add", "--all", "--force", *_SOURCES, env=env)
        return git(path, "write-tree", env=env).decode().strip()


def tree_with(path: Path, base: str | None, entries: Iterable[tuple[str, str, str]]) -> str:
    """`base`'s tree with (mode, blob, path) entries put; mode "0" takes a file away. Raises GitError."""
    lines = "".join(f"{mode} {sha}\t{name}\0" for mode, sha, name in entries)
    with _index(base, path) as env:
        git(path, "update-index", "-z", "--index-info", data=lines.encode(), env=env)
        return git(path, "write-tree", env=env).decode().strip()


def edited_tree(path: Path, base: str, additions: Mapping[str, bytes], deletions: Iterable[str]) -> str:
    """`base`'s tree with files put (their modes kept) and taken away. Raises GitError."""
    entries = [("0", "0" * 40, name) for name in deletions]
    for name, content in additions.items():
        blob = git(path, "hash-object", "-w", "--stdin", data=content).decode().strip()
        entries.append((mode_at(path, base, name) or "100644", blob, name))
    return tree_with(path, base, entries)


def mode_at(path: Path, revision: str, name: str) -> str | None:
    """The mode of the file `name` at `revision`, as in "100644", or None where there is none."""
    listed = git(path, "ls-tree", "-z", "--full-tree", revision, "--", name).decode(errors="replace")
    return listed.split(" ", 1)[0] or None
