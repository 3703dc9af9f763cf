"""The local forge: a range of a working copy, and the two trees that go with it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.forge.local import LocalForge, staged_change


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


def test_what_is_staged_is_a_change_of_its_own(tmp_path: Path):
    """Against the last commit, without what is not staged; branches, index and files stay as they are."""
    git(tmp_path, "init", "-q", "-b", "main")
    last = commit(tmp_path, "last")
    (tmp_path / "a.txt").write_text("staged")
    git(tmp_path, "add", ".")
    (tmp_path / "a.txt").write_text("not staged")
    before = git(tmp_path, "status", "--short"), git(tmp_path, "for-each-ref")

    forge = staged_change(tmp_path)
    change = forge.collect()

    assert (change.base_sha, change.base_tip) == (last, last)
    with forge.checkout(change) as tree:
        assert (tree / "a.txt").read_text() == "staged"
    assert (git(tmp_path, "status", "--short"), git(tmp_path, "for-each-ref")) == before


def test_a_first_commit_is_compared_with_nothing(tmp_path: Path):
    """Every staged line is added."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "b.py").write_text("two = 2\n")
    git(tmp_path, "add", ".")

    change = staged_change(tmp_path).collect()

    assert [(one.path, one.status) for one in change.files] == [("b.py", "added")]


def test_conflicts_have_to_be_resolved_first(tmp_path: Path):
    """Amid a merge there is no one state that is staged; git's own words say so."""
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "start")
    git(tmp_path, "checkout", "-q", "-b", "other")
    commit(tmp_path, "theirs")
    git(tmp_path, "checkout", "-q", "main")
    commit(tmp_path, "ours")
    subprocess.run(["git", "-C", tmp_path, "merge", "-q", "other"], check=False, capture_output=True)

    with pytest.raises(InputError, match="staged cannot be read"):
        staged_change(tmp_path)
