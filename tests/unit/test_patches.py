"""Patches: made, examined and applied with the real git."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import InputError
from bot.fix.patches import apply_patch, examine_patch, make_patch
from bot.gates.placement import judge_patch
from bot.records import Patch, Reason
from bot.regression.languages.python import Python

SOURCE = "def one():\n    return 1\n\n\ndef two():\n    return 2\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for path, text in {"shop/paths.py": SOURCE, "tests/test_paths.py": "def test_one(): ...\n"}.items():
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text)
    return tmp_path


def reason_of(diff: str, tree: Path) -> Reason:
    return judge_patch(examine_patch(Patch(diff), tree, Python())).reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SOURCE, SOURCE.replace("return 1", "return 3")),
        (SOURCE.replace("\n", "\r\n"), SOURCE.replace("return 1", "return 3").replace("\n", "\r\n")),
        ("a = 1\nb = 2", "a = 1\nb = 3"),
        ("a = 1\nb = 2", "a = 1\nb = 2\n"),
        ("a = 1\n", "a = 1"),
        ("a = '\x0c'\nb = '\u2028'\n", "a = '\x0c'\nb = 2\n"),
        ("", "a = 1\n"),
        ("a = 1\n", ""),
    ],
)
def test_a_patch_makes_the_contents_it_was_made_from(tmp_path: Path, before: str, after: str):
    """Line ends, a missing newline and odd signs come through git apply to the letter."""
    (tmp_path / "a.py").write_bytes(before.encode())
    patch = make_patch({"a.py": after}, tmp_path)

    apply_patch(patch, tmp_path)

    assert (tmp_path / "a.py").read_bytes() == after.encode()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["a\n", "b\n", "\n", "c\r\n", "é\n"]), max_size=30), st.data())
def test_any_change_comes_through(before: list[str], data: st.DataObject):
    """Whatever lines go or come, applying the made patch gives the new content."""
    kept = [line for line in before if data.draw(st.booleans())]
    after = "".join(kept + data.draw(st.lists(st.sampled_from(["x\n", "y\n"]), min_size=1, max_size=3)))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "a.py")
        place.write_bytes("".join(before).encode())

        apply_patch(make_patch({"a.py": after}, Path(folder)), Path(folder))

        assert place.read_bytes() == after.encode()


def test_new_files_and_odd_names(tree: Path):
    """A new file in a new folder, and names with blanks, quotes and umlauts."""
    contents = {
        "shop/new/a.py": "a = 1\n",
        'shop/b "c".py': "b = 1\n",
        "shop/ü.py": "c = 1\n",
        "shop/paths.py": "d = 1\n",
    }
    patch = make_patch(contents, tree)

    facts = examine_patch(patch, tree, Python())
    apply_patch(patch, tree)

    assert set(facts.paths) == set(contents)
    assert judge_patch(facts).passed
    assert all((tree / path).read_text() == text for path, text in contents.items())


def test_a_file_that_is_not_utf8(tree: Path):
    """What cannot be decoded cannot be patched, and the error says so."""
    (tree / "shop/paths.py").write_bytes(b"\xff\xfe")

    with pytest.raises(InputError, match="not UTF-8"):
        make_patch({"shop/paths.py": "x"}, tree)


def test_a_patch_without_git_headers(tree: Path):
    """A plain unified diff, as `diff -u` writes it, will do."""
    hunk = "@@ -1,5 +1,5 @@\n def one():\n-    return 1\n+    return 3\n \n \n def two():\n"
    diff = f"--- a/shop/paths.py\n+++ b/shop/paths.py\n{hunk}"

    assert reason_of(diff, tree) is Reason.NONE


HUNK = "@@ -0,0 +1,1 @@\n+x = 1\n"
CHEATS = {
    "empty": ("", Reason.PATCH_EMPTY),
    "blank": ("\n\n", Reason.PATCH_EMPTY),
    "no diff": ("hello\n", Reason.PATCH_DOES_NOT_APPLY),
    "other lines": (
        "--- a/shop/paths.py\n+++ b/shop/paths.py\n@@ -1,2 +1,2 @@\n def one():\n"
        "-    return 7\n+    return 3\n",
        Reason.PATCH_DOES_NOT_APPLY,
    ),
    "parent": (f"--- /dev/null\n+++ b/../out.py\n{HUNK}", Reason.PATCH_LEAVES_TREE),
    "git": (f"--- /dev/null\n+++ b/.git/hooks/pre-commit\n{HUNK}", Reason.PATCH_LEAVES_TREE),
    "link": (
        "diff --git a/shop/l.py b/shop/l.py\nnew file mode 120000\n--- /dev/null\n+++ b/shop/l.py\n"
        "@@ -0,0 +1,1 @@\n+/etc/hostname\n\\ No newline at end of file\n",
        Reason.PATCH_NOT_TEXT,
    ),
    "mode": (
        "diff --git a/shop/paths.py b/shop/paths.py\nold mode 100644\nnew mode 100755\n",
        Reason.PATCH_NOT_TEXT,
    ),
    "program": (
        f"diff --git a/shop/p.py b/shop/p.py\nnew file mode 100755\n--- /dev/null\n+++ b/shop/p.py\n{HUNK}",
        Reason.PATCH_NOT_TEXT,
    ),
    "rename": (
        "diff --git a/shop/paths.py b/shop/p.py\nsimilarity index 100%\n"
        "rename from shop/paths.py\nrename to shop/p.py\n",
        Reason.PATCH_NOT_TEXT,
    ),
    "test": (f"--- /dev/null\n+++ b/tests/test_more.py\n{HUNK}", Reason.PATCH_TOUCHES_PROTECTED),
    "conftest": (f"--- /dev/null\n+++ b/conftest.py\n{HUNK}", Reason.PATCH_TOUCHES_PROTECTED),
    "workflow": (f"--- /dev/null\n+++ b/.github/workflows/x.yml\n{HUNK}", Reason.PATCH_TOUCHES_PROTECTED),
    "packaging": (f"--- /dev/null\n+++ b/pyproject.toml\n{HUNK}", Reason.PATCH_TOUCHES_PROTECTED),
}


@pytest.mark.parametrize(("diff", "reason"), CHEATS.values(), ids=CHEATS)
def test_patches_that_are_refused(tree: Path, diff: str, reason: Reason):
    """Nothing but lines of plain source files gets through, and examining changes nothing."""
    before = sorted(path for path in tree.rglob("*"))

    assert reason_of(diff, tree) is reason
    assert sorted(path for path in tree.rglob("*")) == before


def test_binary_patch(tree: Path):
    """git's own binary patches are refused."""
    repository = tree / "repository"
    for arguments in (["init", "-q"], ["add", "-N", "data.bin"]):
        repository.mkdir(exist_ok=True)
        (repository / "data.bin").write_bytes(bytes(range(256)))
        subprocess.run(["git", "-C", str(repository), *arguments], check=True)
    diff = subprocess.run(
        ["git", "-C", str(repository), "diff", "--binary"], check=True, capture_output=True, text=True
    ).stdout

    assert "GIT binary patch" in diff
    assert reason_of(diff, tree) is Reason.PATCH_NOT_TEXT


def test_a_way_through_a_link_leaves_the_tree(tree: Path):
    """A folder that is a link does not carry a patch out of the tree."""
    (tree / "away").symlink_to(tree.parent)

    assert reason_of(f"--- /dev/null\n+++ b/away/x.py\n{HUNK}", tree) is Reason.PATCH_LEAVES_TREE


def test_configuration_of_the_tree_is_not_obeyed(tree: Path):
    """A repository, attributes and hooks that came with the tree have no say in applying."""
    (tree / ".git").mkdir()
    (tree / ".git" / "config").write_text("[core]\n\tworktree = /nowhere\n")
    (tree / ".gitattributes").write_text("* text eol=crlf\n")

    apply_patch(make_patch({"shop/paths.py": "a = 1\n"}, tree), tree)

    assert (tree / "shop/paths.py").read_bytes() == b"a = 1\n"


def test_a_patch_that_does_not_fit_changes_nothing(tree: Path):
    """Applied whole or not at all."""
    good = make_patch({"shop/paths.py": "a = 1\n"}, tree).diff
    bad = "--- a/shop/none.py\n+++ b/shop/none.py\n@@ -1,1 +1,1 @@\n-a\n+b\n"

    with pytest.raises(InputError, match="does not apply"):
        apply_patch(Patch(good + bad), tree)

    assert (tree / "shop/paths.py").read_text() == SOURCE
