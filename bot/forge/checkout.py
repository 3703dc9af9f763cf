"""Trees by git: a bare mirror of each repository, and plain folders of heads that nobody writes to."""

from __future__ import annotations

import base64
import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ForgeError, ForgeUnavailable, GoneError, InputError
from bot.forge.git import blank_repository, run_git, said
from bot.settings import Secret

_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_NAME = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
_REFUSED = re.compile(
    r"Authentication failed|could not read Username|returned error: 40[13]|Permission to .* denied"
)
_GONE = re.compile(r"returned error: 404|[Rr]epository .*not found|couldn't find remote ref")


def _configured(pairs: Mapping[str, str]) -> dict[str, str]:
    """Configuration by the environment: in the arguments every user of the machine could read it."""
    made = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs.items()):
        made |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return made


# `rev-parse` runs nothing that a repository configures, so whose repository it is does not matter.
_ANYBODYS = _configured({"safe.directory": "*"})


@dataclass(frozen=True, slots=True)
class Mirror:
    """The bare mirror of one repository and the trees made from it, below the data folder."""

    data: Path
    repository_id: int

    @property
    def path(self) -> Path:
        return self.data / "mirrors" / f"{self.repository_id}.git"

    def tree(self, sha: str) -> Path:
        """Where the tree of this commit is, once it was made. Raises InputError for what is no sha."""
        return self.data / "trees" / str(self.repository_id) / _sha(sha)

    def fetch(self, web: str, repository: str, refs: Sequence[str], token: Secret) -> None:
        """Fetch these refs of WEB/OWNER/NAME.git. Raises ForgeError, GoneError, ForgeUnavailable."""
        if not _NAME.fullmatch(repository):
            raise InputError(f"{repository!r} is not the name of a repository.")
        url = f"{web}/{repository}.git"
        basic = base64.b64encode(f"x-access-token:{token.reveal()}".encode()).decode()
        secret = _configured({
            f"http.{url}.extraHeader": f"Authorization: Basic {basic}",
            "http.followRedirects": "false",  # the header would go along
            "credential.helper": "",
            "core.hooksPath": os.devnull,
            "protocol.version": "2",
        })  # fmt: skip
        quiet = (
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
        )
        specs = [f"+{ref}:refs/suture/{ref.removeprefix('refs/')}" for ref in refs]
        with self.locked():
            if not (self.path / "HEAD").is_file():
                self.path.mkdir(parents=True, exist_ok=True)
                _git(["init", "--quiet", "--bare", "--template=", str(self.path)], {})
            _git(["-C", str(self.path), "fetch", *quiet, "--end-of-options", url, *specs], secret)

    def has(self, sha: str) -> bool:
        """Whether this commit was fetched."""
        words = ["-C", str(self.path), "cat-file", "-e", f"{_sha(sha)}^{{commit}}"]
        return self.path.is_dir() and run_git(words, {}).returncode == 0

    def merge_base(self, base: str, head: str) -> str:
        """The common ancestor from which GitHub draws its diff. Raises InputError when there is none."""
        done = run_git(["-C", str(self.path), "merge-base", _sha(base), _sha(head)], {})
        if done.returncode != 0:
            raise InputError(
                f"{base[:12]} and {head[:12]} have no common ancestor, so there is no range to review."
            )
        return done.stdout.strip()

    def touched(self, below: str, head: str) -> tuple[str, ...] | None:
        """The paths in which these commits differ, both of a rename; None unless `head` is on top of `below`,
        and where that is not certain.

        Raises ForgeError.
        """
        here = ["-C", str(self.path)]
        ancestor = run_git([*here, "merge-base", "--is-ancestor", _sha(below), _sha(head)], {})
        if ancestor.returncode != 0:
            return None
        done = run_git([*here, "diff-tree", "-r", "-z", "--name-only", "--no-renames", below, head], {})
        if done.returncode != 0:
            raise ForgeError(f"git does not tell what was pushed: {said(done)}")
        if "\ufffd" in done.stdout:
            return None  # a name that is not UTF-8 cannot be compared with others
        return tuple(path for path in done.stdout.split("\0") if path)

    def trailers(self, name: str, base: str, head: str) -> frozenset[str]:
        """The values of this trailer in the messages of the commits of `head` that `base` lacks."""
        shown = f"--format=%(trailers:key={name},valueonly=true)"
        done = run_git(["-C", str(self.path), "log", shown, f"{_sha(base)}..{_sha(head)}", "--"], {})
        if done.returncode != 0:
            raise ForgeError(f"git does not tell the commits of the pull request: {said(done)}")
        return frozenset(done.stdout.split())

    def tip(self, ref: str) -> str:
        """What a fetched ref points to. Raises GoneError."""
        name = f"refs/suture/{ref.removeprefix('refs/')}"
        done = run_git(
            ["-C", str(self.path), "rev-parse", "--verify", "--quiet", "--end-of-options", name], {}
        )
        if done.returncode != 0:
            raise GoneError(f"{ref} is not in the repository (any more).")
        return done.stdout.strip()

    def export(self, sha: str) -> Path:
        """The tree of a fetched commit: found, or made whole under its name. Raises InputError."""
        place = self.tree(sha)
        with self.locked():
            if not place.is_dir():
                place.parent.mkdir(parents=True, exist_ok=True)
                for above in (place.parent.parent, place.parent):
                    above.chmod(0o755)  # the sandbox looks in as another user
                with tempfile.TemporaryDirectory(prefix=".making-", dir=place.parent) as folder:
                    export_tree(self.path, _sha(sha), Path(folder, "tree"))
                    Path(folder, "tree").rename(place)
        os.utime(place)
        return place

    @contextmanager
    def locked(self) -> Iterator[Path]:
        """Nobody else changes the mirror within the block; the file that tells when it was last used."""
        lock = self.path.with_suffix(".lock")
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            os.utime(lock)  # so that the mirror is not thought unused
            yield lock


def export_tree(repository: Path, ref: str, destination: Path) -> str:
    """Write the files of commit `ref` (a sha, branch or tag) into the folder `destination`; its full sha.

    The folder is made here, readable by all, without .git, links kept as links, submodules left empty.
    Nothing of the repository is changed. Raises InputError for a folder that is no repository, for a ref that
    names no commit, and for a commit that is not there in full.
    """
    object_format, objects = _objects(repository)
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    named = run_git(["-C", str(repository), *words], _ANYBODYS)
    if named.returncode != 0:
        raise InputError(
            f"{ref!r} is not a commit of {repository}. Fetch it, or name a branch, tag or sha of it."
        )
    sha = named.stdout.strip()
    destination.mkdir(parents=True, exist_ok=True)
    destination.chmod(0o755)
    with blank_repository(Path(objects), object_format) as environment:
        here = environment | {"GIT_WORK_TREE": str(destination)}
        for arguments in (("read-tree", sha), ("checkout-index", "--all", "--force", "--quiet")):
            done = run_git(["-C", str(destination), *arguments], here)
            if done.returncode != 0:
                raise InputError(f"Commit {sha} of {repository} cannot be read in full: {said(done)}")
    return sha


def tree_of(repository: Path, sha: str) -> str:
    """The id of this commit's tree. Raises InputError, saying what to do, when the commit is not there."""
    _objects(repository)
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{_sha(sha)}^{{commit}}^{{tree}}")
    named = run_git(["-C", str(repository), *words], _ANYBODYS)
    if named.returncode != 0:
        raise InputError(
            f"Commit {sha} is not in {repository}. Fetch it (git fetch REMOTE {sha}), or give the path of a "
            "clone that has it."
        )
    return named.stdout.strip()


def _objects(repository: Path) -> tuple[str, str]:
    """The format of a repository's objects and the folder they are in. Raises InputError."""
    words = ("rev-parse", "--path-format=absolute", "--show-object-format", "--git-path", "objects")
    found = run_git(["-C", str(repository), *words], _ANYBODYS)
    if found.returncode != 0:
        raise InputError(f"{repository} is not a git repository that can be read here. Give the path of one.")
    object_format, objects = found.stdout.splitlines()
    return object_format, objects


def sweep_trees(data: Path, older_than: float, now: float | None = None) -> int:
    """Remove trees that nobody used for this many seconds; how many were removed."""
    before = (time.time() if now is None else now) - older_than
    old = [tree for tree in data.glob("trees/*/*") if tree.is_dir() and tree.stat().st_mtime < before]
    for tree in old:
        shutil.rmtree(tree, ignore_errors=True)  # another worker may be at the same one
    return len(old)


def forget_repository(data: Path, repository_id: int) -> None:
    """Remove its mirror and its trees."""
    mirror = Mirror(data, repository_id)
    with mirror.locked() as lock:
        for folder in (mirror.path, data / "trees" / str(repository_id)):
            shutil.rmtree(folder, ignore_errors=True)
        lock.unlink()


def unused_mirrors(data: Path, older_than: float, now: float | None = None) -> tuple[int, ...]:
    """The repositories whose mirror nobody used for this many seconds."""
    before = (time.time() if now is None else now) - older_than
    locks = [lock for lock in data.glob("mirrors/*.lock") if lock.stat().st_mtime < before]
    return tuple(int(lock.stem) for lock in locks if lock.stem.isdecimal())


def _sha(text: str) -> str:
    if not _SHA.fullmatch(text):
        raise InputError(f"{text!r} is not the full sha of a commit.")
    return text


def _git(words: Sequence[str], more: Mapping[str, str]) -> None:
    done = run_git(words, more)
    if done.returncode == 0:
        return
    text = said(done)
    if _REFUSED.search(text):
        raise ForgeError(
            f"git may not read the repository: {text}. Check that the App may read its contents."
        )
    if _GONE.search(text):
        raise GoneError(f"git does not find it (any more): {text}")
    raise ForgeUnavailable(f"git failed: {text}")
