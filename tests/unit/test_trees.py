"""Trees: files are put only where they belong, and copies are private."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import InputError
from bot.regression.trees import is_below, is_plain_path, read_file, scratch_copy, write_file


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


def test_a_scratch_copy_is_private(tmp_path: Path):
    """The copy has links as links, no .git, and is gone at the end; the tree does not change with it."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "link").symlink_to("/etc/hostname")
    (tmp_path / "a.py").write_text("as it was")
    with scratch_copy(tmp_path) as copy:
        assert (copy / "link").is_symlink()
        assert not (copy / ".git").exists()
        write_file(copy, "a.py", "changed")

    assert not copy.exists()
    assert (tmp_path / "a.py").read_text() == "as it was"
