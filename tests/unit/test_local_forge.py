"""The local forge: a range of a working copy, and the two trees that go with it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bot.forge.local import LocalForge


def git(repository: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(repository), *who, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(repository: Path, text: str) -> str:
    (repository / "a.txt").write_text(text)
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", text)
    return git(repository, "rev-parse", "HEAD")


def test_the_base_is_the_commit_that_was_named(tmp_path: Path):
    """The diff begins at the merge base, but the repository's rules are those of the base as it is now."""
    git(tmp_path, "init", "-q", "-b", "main")
    start = commit(tmp_path, "start")
    git(tmp_path, "checkout", "-q", "-b", "work")
    head = commit(tmp_path, "head")
    git(tmp_path, "checkout", "-q", "main")
    tip = commit(tmp_path, "tip")
    forge = LocalForge(tmp_path, "main", "work")

    change = forge.collect()

    assert (change.base_sha, change.head_sha, change.base_tip) == (start, head, tip)
    with forge.checkout(change) as tree, forge.base_tree(change) as base:
        assert base is not None
        assert (tree / "a.txt").read_text() == "head"
        assert (base / "a.txt").read_text() == "tip"
        assert not (base / ".git").exists()
