"""Trees: a commit exported to the letter, and files put only where they belong."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.regression.trees import export_tree, is_below, is_plain_path, read_file, scratch_copy, write_file

FILES = {
    "a.py": b"x = 1\r\n",
    "b/ü.txt": b"\xff\x00",
    ".gitattributes": b"*.py text eol=lf\nhidden export-ignore\n",
    "hidden": b"h",
}


def git(repository: Path, *arguments: str) -> str:
    name = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(
        ["git", "-C", str(repository), *name, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    place = tmp_path / "repository"
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    git(place, "config", "core.autocrlf", "false")
    for path, content in FILES.items():
        (place / path).parent.mkdir(exist_ok=True)
        (place / path).write_bytes(content)
    (place / "link").symlink_to("/etc/hostname")
    (place / ".git/info/attributes").write_text("* -text\n")  # so that the bytes above are what is committed
    git(place, "add", ".")
    git(place, "commit", "-q", "-m", "one")
    (place / ".git/info/attributes").unlink()
    return place


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_export_to_the_letter(repository: Path, tmp_path: Path):
    """Bytes as committed whatever the attributes say, links as links, nothing of .git, nothing left out."""
    sha = export_tree(repository, "main", tmp_path / "out")

    assert sha == git(repository, "rev-parse", "main")
    assert {path: (tmp_path / "out" / path).read_bytes() for path in FILES} == FILES
    assert (tmp_path / "out/link").is_symlink()
    assert not (tmp_path / "out/.git").exists()


def test_the_repository_stays_as_it_is(repository: Path, tmp_path: Path):
    """Neither the working copy, however dirty, nor anything below .git changes; no hook or filter runs."""
    git(repository, "config", "filter.spy.smudge", f"touch {tmp_path}/ran")
    (repository / ".git/hooks/post-checkout").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (repository / ".git/hooks/post-checkout").chmod(0o755)
    (repository / ".git/info/attributes").write_text("* filter=spy\n")
    (repository / "a.py").write_text("dirty")
    before = snapshot(repository)

    export_tree(repository, "HEAD", tmp_path / "out")

    assert snapshot(repository) == before
    assert not (tmp_path / "ran").exists()


def test_export_from_a_worktree_and_a_folder_below(repository: Path, tmp_path: Path):
    """The repository may be named by a linked worktree or by a folder in it."""
    git(repository, "worktree", "add", "-q", "--detach", str(tmp_path / "other"))

    export_tree(tmp_path / "other", "HEAD", tmp_path / "out")
    export_tree(repository / "b", "HEAD", tmp_path / "out2")

    assert (tmp_path / "out/a.py").exists()
    assert (tmp_path / "out2/a.py").exists()


def test_what_cannot_be_exported(repository: Path, tmp_path: Path):
    """A folder that is no repository and a ref that names nothing are told apart."""
    with pytest.raises(InputError, match="not a git repository"):
        export_tree(tmp_path, "HEAD", tmp_path / "out")
    for ref in ("none", "--output=x", ""):
        with pytest.raises(InputError, match="not a commit"):
            export_tree(repository, ref, tmp_path / "out")


@pytest.mark.parametrize(
    "path", ["", "/a", "../a", "a/../b", "a//b", "./a", ".git/config", "a/.GIT/x", "a\\b", "a\0b", "a/"]
)
def test_paths_that_are_not_plain(path: str):
    """Only a path in its shortest form, below the tree and outside .git, is plain."""
    assert not is_plain_path(path)


def test_files_are_put_below_the_tree_only(tmp_path: Path):
    """Nothing is written or read through a link, or in place of a folder."""
    (tmp_path / "tree/folder").mkdir(parents=True)
    (tmp_path / "tree/away").symlink_to(tmp_path)
    (tmp_path / "tree/file").symlink_to("/etc/hostname")
    tree = tmp_path / "tree"

    write_file(tree, "new/test_a.py", "x\r\n")

    assert read_file(tree, "new/test_a.py") == b"x\r\n"
    assert read_file(tree, "file") is None
    for path in ("away/x", "file", "folder", "../x", "new/test_a.py/x"):
        assert not is_below(tree, path)
        with pytest.raises(InputError):
            write_file(tree, path, "x")


def test_a_scratch_copy_is_private(repository: Path):
    """The copy has links as links, no .git, and is gone at the end; the tree does not change with it."""
    with scratch_copy(repository) as copy:
        assert (copy / "link").is_symlink()
        assert not (copy / ".git").exists()
        write_file(copy, "a.py", "changed")

    assert not copy.exists()
    assert (repository / "a.py").read_bytes() == FILES["a.py"]
