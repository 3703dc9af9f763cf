"""git that obeys nobody: no configuration, hook, filter or attribute of this machine or of a repository."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.errors import ForgeError, ForgeUnavailable

SECONDS = 600  # for one command

# Bytes as they were committed: no conversion of line ends, no filter, no keyword, despite .gitattributes
_AS_COMMITTED = "* -text -filter -ident !eol !working-tree-encoding\n"


def git_environment() -> dict[str, str]:
    """For a git that reads no configuration, asks nothing and speaks http(s) only."""
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
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
    }


@contextmanager
def blank_repository(objects: Path | None = None, object_format: str = "sha1") -> Iterator[dict[str, str]]:
    """The environment for git commands in an empty repository that can read the objects in `objects`."""
    with tempfile.TemporaryDirectory(prefix="suture-git-") as folder:
        home = Path(folder)
        for name in ("objects/info", "refs", "info"):
            (home / name).mkdir(parents=True)
        version = "[core]\n\trepositoryformatversion = 1\n\tbare = false\n\tlogAllRefUpdates = false\n"
        (home / "config").write_text(f"{version}[extensions]\n\tobjectFormat = {object_format}\n")
        (home / "HEAD").write_text("ref: refs/heads/none\n")
        (home / "info" / "attributes").write_text(_AS_COMMITTED)
        if objects is not None:
            (home / "objects" / "info" / "alternates").write_text(f"{objects}\n")
        yield git_environment() | {"GIT_DIR": folder, "GIT_INDEX_FILE": str(home / "index")}


def run_git(words: Sequence[str], more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run git to its end, with `more` in its environment. Raises ForgeError, ForgeUnavailable."""
    try:
        return subprocess.run(
            ["git", *words],
            env=git_environment() | dict(more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            check=False,
            umask=0o022,
        )
    except subprocess.TimeoutExpired as exc:
        raise ForgeUnavailable(f"git took more than {SECONDS} seconds and was ended.") from exc
    except OSError as exc:
        raise ForgeError(f"git cannot be run ({exc.strerror}). Install git and try again.") from exc


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The end of what git said of its failure."""
    lines = [line for line in done.stderr.strip().splitlines() if line]
    return "; ".join(lines[-3:])[:500] or f"git ended with {done.returncode}"
