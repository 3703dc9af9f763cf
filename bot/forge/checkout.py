"""Trees by git: a bare mirror of each repository, and plain folders of heads that nobody writes to."""

from __future__ import annotations

import base64
import fcntl
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ForgeError, ForgeUnavailable, GoneError, InputError
from bot.settings import Secret

SECONDS = 600  # for one command of git
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_NAME = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
_REFUSED = re.compile(
    r"Authentication failed|could not read Username|returned error: 40[13]|Permission to .* denied"
)
_GONE = re.compile(r"returned error: 404|[Rr]epository .*not found|couldn't find remote ref")

# Bytes as they were committed, whatever the .gitattributes of the pull request ask for
_AS_COMMITTED = "* -text -filter -ident !eol !working-tree-encoding\n"


def git_environment() -> dict[str, str]:
    """For a git that obeys nobody's configuration, asks nothing and speaks http(s) only."""
    return {
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_ALLOW_PROTOCOL": "https:http",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_OPTIONAL_LOCKS": "0",
    }


def _configured(pairs: Mapping[str, str]) -> dict[str, str]:
    """Configuration by the environment: in the arguments every user of the machine could read it."""
    made = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs.items()):
        made |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return made


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
        with self._locked():
            if not (self.path / "HEAD").is_file():
                self.path.mkdir(parents=True, exist_ok=True)
                _git(["init", "--quiet", "--bare", "--template=", str(self.path)], {})
            _git(["-C", str(self.path), "fetch", *quiet, "--end-of-options", url, *specs], secret)

    def has(self, sha: str) -> bool:
        """Whether this commit was fetched."""
        words = ["-C", str(self.path), "cat-file", "-e", f"{_sha(sha)}^{{commit}}"]
        return self.path.is_dir() and _run(words, {}).returncode == 0

    def merge_base(self, base: str, head: str) -> str:
        """The common ancestor from which GitHub draws its diff. Raises InputError when there is none."""
        done = _run(["-C", str(self.path), "merge-base", _sha(base), _sha(head)], {})
        if done.returncode != 0:
            raise InputError(
                f"{base[:12]} and {head[:12]} have no common ancestor, so there is no range to review."
            )
        return done.stdout.strip()

    def tip(self, ref: str) -> str:
        """What a fetched ref points to. Raises GoneError."""
        name = f"refs/suture/{ref.removeprefix('refs/')}"
        done = _run(["-C", str(self.path), "rev-parse", "--verify", "--quiet", "--end-of-options", name], {})
        if done.returncode != 0:
            raise GoneError(f"{ref} is not in the repository (any more).")
        return done.stdout.strip()

    def export(self, sha: str) -> Path:
        """The tree of a fetched commit: found, or made whole under its name. Raises InputError."""
        place = self.tree(sha)
        with self._locked():
            if not place.is_dir():
                place.parent.mkdir(parents=True, exist_ok=True)
                for above in (place.parent.parent, place.parent):
                    above.chmod(0o755)  # the sandbox looks in as another user
                with tempfile.TemporaryDirectory(prefix=".making-", dir=place.parent) as folder:
                    export_tree(self.path, sha, Path(folder, "tree"))
                    Path(folder, "tree").rename(place)
        os.utime(place)
        return place

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self.path.with_suffix(".lock")
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield


def export_tree(repository: Path, sha: str, destination: Path) -> None:
    """Write the files of a commit into a new folder: readable by all, without .git, links kept as links.

    No hook, filter, attribute or setting of the repository is obeyed; submodules are left empty.
    Raises InputError.
    """
    found = _run(["-C", str(repository), "rev-parse", "--path-format=absolute", "--git-path", "objects"], {})
    if found.returncode != 0:
        raise InputError(f"{repository} is not a git repository that can be read here. Give the path of one.")
    destination.mkdir(parents=True)
    destination.chmod(0o755)
    with tempfile.TemporaryDirectory(prefix="suture-index-") as name:
        home = Path(name)
        for folder in ("objects/info", "refs", "info"):
            (home / folder).mkdir(parents=True)
        (home / "HEAD").write_text("ref: refs/heads/none\n")
        (home / "config").write_text(f"[core]\n\tbare = false\n{_format(sha)}")
        (home / "info" / "attributes").write_text(_AS_COMMITTED)
        (home / "objects" / "info" / "alternates").write_text(found.stdout.strip() + "\n")
        here = {"GIT_DIR": name, "GIT_WORK_TREE": str(destination), "GIT_INDEX_FILE": str(home / "index")}
        for words in (["read-tree", _sha(sha)], ["checkout-index", "--all", "--force", "--quiet"]):
            done = _run(["-C", str(destination), *words], here)
            if done.returncode != 0:
                raise InputError(f"Commit {sha} cannot be read in full: {_said(done)}")


def _format(sha: str) -> str:
    if len(sha) == 40:
        return "\trepositoryformatversion = 0\n"
    return "\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha256\n"


def sweep_trees(data: Path, older_than: float, now: float | None = None) -> int:
    """Remove trees that nobody used for this many seconds; how many were removed."""
    before = (time.time() if now is None else now) - older_than
    old = [tree for tree in data.glob("trees/*/*") if tree.is_dir() and tree.stat().st_mtime < before]
    for tree in old:
        shutil.rmtree(tree)
    return len(old)


def _sha(text: str) -> str:
    if not _SHA.fullmatch(text):
        raise InputError(f"{text!r} is not the full sha of a commit.")
    return text


def _git(words: Sequence[str], more: Mapping[str, str]) -> None:
    done = _run(words, more)
    if done.returncode == 0:
        return
    said = _said(done)
    if _REFUSED.search(said):
        raise ForgeError(
            f"git may not read the repository: {said}. Check that the App may read its contents."
        )
    if _GONE.search(said):
        raise GoneError(f"git does not find it (any more): {said}")
    raise ForgeUnavailable(f"git failed: {said}")


def _run(words: Sequence[str], more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *words],
            env=git_environment() | dict(more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
            umask=0o022,
        )
    except subprocess.TimeoutExpired as exc:
        raise ForgeUnavailable(f"git took more than {SECONDS} seconds and was ended.") from exc
    except OSError as exc:
        raise ForgeError(f"git cannot be run ({exc.strerror}). Install git and try again.") from exc


def _said(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stderr.strip().splitlines() if line]
    return "; ".join(lines[-3:])[:500] or f"git ended with {done.returncode}"
