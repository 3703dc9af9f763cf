"""A commit exported to the letter, and nothing of its repository obeyed or changed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.forge.checkout import export_tree

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
    (place / "run.sh").write_text("#!/bin/sh\n")
    (place / "run.sh").chmod(0o755)
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
    assert (tmp_path / "out/link").readlink() == Path("/etc/hostname")
    assert os.access(tmp_path / "out/run.sh", os.X_OK)
    plain = [one for one in (tmp_path / "out").rglob("*") if not one.is_symlink()]
    assert {oct(one.stat().st_mode & 0o777) for one in plain if one.is_dir()} == {"0o755"}
    assert (tmp_path / "out/a.py").stat().st_mode & 0o777 == 0o644
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


def test_a_commit_that_is_not_there_in_full(repository: Path, tmp_path: Path):
    """A missing file is an error, never a tree without it."""
    blob = git(repository, "rev-parse", "HEAD:a.py")
    (repository / ".git/objects" / blob[:2] / blob[2:]).unlink()

    with pytest.raises(InputError, match="cannot be read in full"):
        export_tree(repository, "HEAD", tmp_path / "out")


def test_long_object_names(tmp_path: Path):
    """A repository of the newer object format is read like any other."""
    place = tmp_path / "repository"
    place.mkdir()
    git(place, "init", "-q", "--object-format=sha256")
    (place / "a.py").write_text("x = 1\n")
    git(place, "add", ".")
    git(place, "commit", "-q", "-m", "one")

    assert len(export_tree(place, "HEAD", tmp_path / "out")) == 64
    assert (tmp_path / "out/a.py").read_text() == "x = 1\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository to somebody else")
def test_somebody_elses_repository(repository: Path, tmp_path: Path):
    """Whose it is does not matter, as nothing of it is obeyed: in CI the checkout is often another user's."""
    for one in [repository, *repository.rglob("*")]:
        os.chown(one, 1234, 1234, follow_symlinks=False)

    export_tree(repository, "HEAD", tmp_path / "out")

    assert (tmp_path / "out/a.py").exists()


def test_what_cannot_be_exported(repository: Path, tmp_path: Path):
    """A folder that is no repository and a ref that names nothing are told apart."""
    with pytest.raises(InputError, match="not a git repository"):
        export_tree(tmp_path, "HEAD", tmp_path / "out")
    for ref in ("none", "--output=x", ""):
        with pytest.raises(InputError, match="not a commit"):
            export_tree(repository, ref, tmp_path / "out")
