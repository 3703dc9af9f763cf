"""Mirrors and trees: made whole, found again, and obeying nothing that the pull request brings along."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.github import (
    GitHub,
    Server,
    create_app,
    create_repository,
    open_pull_request,
    push_files,
    user_token,
)
from bot.demo.github.records import PullRequest
from bot.errors import ForgeError, ForgeUnavailable, GoneError, InputError
from bot.forge.checkout import Mirror, forget_repository, sweep_trees, unused_mirrors
from bot.settings import Secret
from tests.fakes.published import app_key

HOSTILE: dict[str, bytes | str | None] = {
    ".gitattributes": "*.txt text eol=crlf\n*.id ident\n*.lfs filter=lfs\n",
    "crlf.txt": "one\ntwo\n",
    "x.id": "$Id$\n",
    "big.lfs": "version https://git-lfs.github.com/spec/v1\n",
    ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ../x\n',
    "two words/é\n.py": "x = 1\n",
    "-rf": "x\n",
}


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    state = GitHub(root=tmp_path / "github")
    with Server(state):
        create_app(state, private_key=app_key())
        base = tmp_path / "base"
        base.mkdir()
        (base / "a.py").write_text("a = 1\n")
        create_repository(state, "acme/shop", base, private=True)
        yield state


@pytest.fixture
def pull(github: GitHub) -> PullRequest:
    push_files(github, github.repositories[0], "work", HOSTILE)
    return open_pull_request(github, github.repositories[0], "main", "work", title="Work")


def fetch(github: GitHub, mirror: Mirror, *refs: str, token: str = "") -> None:
    secret = Secret(token or user_token(github, "dana").value)
    mirror.fetch(github.url, "acme/shop", refs or ("refs/pull/1/head", "refs/heads/main"), secret)


def test_a_head_is_fetched_and_exported_as_it_was_committed(
    github: GitHub, pull: PullRequest, tmp_path: Path
) -> None:
    """No attribute, filter, submodule or hook acts; no .git; readable by another user."""
    mirror = Mirror(tmp_path / "data", 5)
    fetch(github, mirror)

    tree = mirror.export(pull.head_sha)

    assert mirror.merge_base(pull.base_sha, pull.head_sha) == pull.base_sha
    assert mirror.tip("refs/heads/main") == pull.base_sha
    assert (mirror.has(pull.head_sha), mirror.has("0" * 40)) == (True, False)
    assert tree == tmp_path / "data" / "trees" / "5" / pull.head_sha
    assert {str(one.relative_to(tree)) for one in tree.rglob("*") if one.is_file()} == {*HOSTILE, "a.py"}
    assert all((tree / name).read_bytes() == str(text).encode() for name, text in HOSTILE.items())
    assert {oct(one.stat().st_mode & 0o777) for one in [tree, *tree.rglob("*")]} == {"0o755", "0o644"}
    assert mirror.export(pull.head_sha) == tree


def test_many_at_once_make_one_tree(github: GitHub, pull: PullRequest, tmp_path: Path) -> None:
    """Jobs of one repository wait for each other; none sees half a tree."""
    made: list[Path] = []

    def work() -> None:
        mirror = Mirror(tmp_path / "data", 5)
        fetch(github, mirror)
        made.append(mirror.export(pull.head_sha))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert made == [tmp_path / "data" / "trees" / "5" / pull.head_sha] * 4
    assert [one.name for one in made[0].parent.iterdir()] == [pull.head_sha]


def test_refusals_are_told_apart(github: GitHub, pull: PullRequest, tmp_path: Path) -> None:
    """A token that may not, a ref that is gone, a server that is away, a name that is none."""
    mirror = Mirror(tmp_path / "data", 5)

    with pytest.raises((ForgeError, GoneError)) as refused:
        fetch(github, mirror, token="ghs_" + "x" * 40)
    assert not isinstance(refused.value, ForgeUnavailable)
    assert "x" * 40 not in str(refused.value)
    with pytest.raises(GoneError):
        fetch(github, mirror, "refs/pull/99/head")
    with pytest.raises(ForgeUnavailable):
        mirror.fetch("http://127.0.0.1:9", "acme/shop", ["refs/heads/main"], Secret("t"))
    for name in ("--upload-pack=x/y", "a/b/../c", "a b/c", "ext::sh -c x/y"):
        with pytest.raises((InputError, ForgeError)):
            mirror.fetch(github.url, name, ["refs/heads/main"], Secret("t"))
    with pytest.raises(InputError):
        mirror.export("../../etc")
    with pytest.raises(InputError):
        mirror.export("0" * 40)
    assert not (tmp_path / "data" / "trees" / "5" / ("0" * 40)).exists()


def test_only_http_is_spoken(tmp_path: Path) -> None:
    """Neither files of this machine nor commands can be reached by an address."""
    (tmp_path / "a").mkdir()
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "a" / "b.git")], check=True)

    with pytest.raises(ForgeError):
        Mirror(tmp_path / "data", 5).fetch(f"file://{tmp_path}", "a/b", ["refs/heads/main"], Secret("t"))


def test_commits_without_a_common_ancestor(github: GitHub, pull: PullRequest, tmp_path: Path) -> None:
    """There is no range then, and the sentence says so."""
    mirror = Mirror(tmp_path / "data", 5)
    fetch(github, mirror)
    with pytest.raises(InputError, match="no common ancestor"):
        mirror.merge_base("0" * 40, pull.head_sha)


def test_old_trees_are_swept(github: GitHub, pull: PullRequest, tmp_path: Path) -> None:
    """A tree that nobody asked for in a while goes; one in use stays."""
    mirror = Mirror(tmp_path / "data", 5)
    fetch(github, mirror)
    old, used = mirror.export(pull.head_sha), mirror.export(pull.base_sha)
    os.utime(old, (0, 0))

    assert sweep_trees(tmp_path / "data", 3600) == 1
    assert (old.exists(), used.exists()) == (False, True)
    assert sweep_trees(tmp_path / "data", 3600, now=time.time() + 7200) == 1


def test_unused_mirrors_are_forgotten(github: GitHub, pull: PullRequest, tmp_path: Path) -> None:
    """A mirror that nobody asked for in a while is named; forgotten, nothing of the repository is left."""
    data = tmp_path / "data"
    mirror, other = Mirror(data, 5), Mirror(data, 6)
    fetch(github, mirror)
    fetch(github, other)
    tree = mirror.export(pull.head_sha)
    os.utime(data / "mirrors" / "5.lock", (0, 0))

    assert unused_mirrors(data, 3600) == (5,)
    forget_repository(data, 5)
    assert (mirror.path.exists(), tree.exists(), other.path.exists()) == (False, False, True)
    assert [one.name for one in (data / "mirrors").glob("*.lock")] == ["6.lock"]
    assert unused_mirrors(data, 3600) == ()
