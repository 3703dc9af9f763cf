"""What the model is shown: labels that fit the anchors, surroundings, hostile trees, hidden signs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.diff.signs import visible
from bot.records import ChangedFile, Hunk, Line
from bot.review.anchors import find_anchor
from bot.review.claude.material import nonce_for, show
from bot.review.claude.related import related
from bot.review.claude.slices import enclosing, imports, outline, parse_source, scope_of
from bot.review.claude.sources import read_source
from bot.review.reviewers import Material
from tests.fakes.claude_case import BAD_LINE, PATH, SOURCE, a_material

STORE = parse_source(PATH, SOURCE)


def test_every_labelled_row_can_be_anchored(tmp_path: Path) -> None:
    """A model that copies a label and the text after the bar is always understood."""
    shown = show(a_material(tmp_path), "n" * 24)

    rows = [line for line in shown.text.split("\n") if line.startswith("H1.")]
    assert len(rows) == 5
    for row in rows:
        head, _, text = row.partition("|")
        assert not text.strip() or find_anchor(shown.hunks, head.split(" ")[0], text) is not None


def test_a_hunk_comes_with_imports_outline_and_what_is_around(tmp_path: Path) -> None:
    """The imports, the headers and the code around a hunk that does not show its whole function."""
    shown = show(a_material(tmp_path), "n" * 24)

    assert "import os\nfrom pathlib import Path" in shown.text
    assert "8: class Store:" in shown.text
    assert "12:     def read(self, name):" in shown.text
    assert shown.text.startswith("<<<change " + "n" * 24)


def test_a_change_too_large_is_shown_in_part_and_the_rest_named(tmp_path: Path) -> None:
    """What finds no room is not silently left out; labels count only what is shown."""
    material = a_material(tmp_path)
    rows = tuple(Line("added", None, number, "x" * 100) for number in range(1, 50))
    large = ChangedFile("large.txt", "added", (Hunk("large.txt", "", rows),))
    change = replace(material.change, files=(large, *material.change.files))

    shown = show(Material(change, tmp_path), "n" * 24, limit=3_000)

    assert [one.path for one in shown.not_reviewed] == ["large.txt"]
    assert [one.path for one in shown.hunks] == [PATH]
    assert "H1.5 +|" + BAD_LINE in shown.text


def test_the_nonce_is_the_heads_and_nobody_elses(tmp_path: Path) -> None:
    """Stable for one head, so that requests share a cache; not to be known without the secret."""
    assert nonce_for(b"secret", "a" * 40) == nonce_for(b"secret", "a" * 40)
    assert nonce_for(b"secret", "a" * 40) != nonce_for(b"secret", "b" * 40)
    assert nonce_for(b"secret", "a" * 40) != nonce_for(b"other", "a" * 40)


def test_hidden_signs_are_spelled_out(tmp_path: Path) -> None:
    """Bidi, zero-width, tag and blank characters are seen by the model, in code and in file names."""
    material = a_material(tmp_path)
    row = Line("added", None, 1, "if admin:\u202e # \u200bok\u2066 \U000e0041")
    file = ChangedFile("a\u200db.py", "added", (Hunk("a\u200db.py", "", (row,)),))

    shown = show(Material(replace(material.change, files=(file,)), tmp_path), "n" * 24)

    assert "if admin:⟨U+202E⟩ # ⟨U+200B⟩ok⟨U+2066⟩ ⟨U+E0041⟩" in shown.text
    assert "a⟨U+200D⟩b.py" in shown.text


@given(st.text())
def test_visible_text_has_nothing_to_hide(text: str) -> None:
    """After it, every sign prints; a text that was changed says so."""
    shown = visible(text)

    assert all(sign.isprintable() or sign in "\t\n" for sign in shown)
    assert shown == text or "⟨U+" in shown


@pytest.mark.parametrize(
    "path", ["../out.py", "/etc/hostname", "link.py", "folder/x.py", "", "a\0b", "missing.py", "big.py"]
)
def test_sources_outside_the_tree_are_not_read(path: str, tmp_path: Path) -> None:
    """Links, absolute paths, dots and large files: None."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tmp_path / "out.py").write_text("outside")
    (tmp_path / "x.py").write_text("outside")
    (tree / "link.py").symlink_to(tmp_path / "out.py")
    (tree / "folder").symlink_to(tmp_path)
    (tree / "big.py").write_bytes(b"#" * 1_000_001)

    assert read_source(tree, path) is None


def test_slice_is_the_function_and_keeps_its_budget() -> None:
    """The whole function where it fits, else the lines nearest to the change."""
    whole = enclosing(STORE, 14, 14)
    assert (whole.start, whole.end) == (12, 14)

    long = parse_source("a.py", "def long():\n" + "    step = 1\n" * 2_000)
    cut = enclosing(long, 1_000, 1_001, budget=1_000)
    assert cut.start < 1_000 < cut.end
    assert len(cut.text) <= 1_100


def test_scope_names_the_innermost_function() -> None:
    """Class and function, dotted; nothing at the module's level."""
    assert scope_of(STORE, 14) == "Store.read"
    assert scope_of(STORE, 5) == ""


@pytest.mark.parametrize(
    "text", ["def broken(:\n    pass\n", "\0", "x = " + "(" * 5_000 + ")" * 5_000, "", "match = '\\d'\n"]
)
def test_files_that_do_not_parse_are_cut_by_lines(text: str) -> None:
    """A broken, empty or absurd file is no error: there are 30 lines on both sides, and no outline."""
    source = parse_source("a.py", text)

    enclosing(source, 1, 1)
    imports(source)
    assert scope_of(source, 1) == ""
    assert outline(source) == ""
    assert related(source, frozenset({1})) == ""


def test_other_languages_are_cut_by_lines() -> None:
    """Without a tree the slice is 30 lines on both sides."""
    source = parse_source("a.js", "\n".join(f"line {number}" for number in range(1, 201)))

    around = enclosing(source, 100, 101)

    assert (around.start, around.end) == (70, 131)


RELATED = """
LIMITS = frozenset(["a"])


def check(value):
    return value


def untouched():
    return 1


def changed(value):
    return check(value)


def caller():
    return changed(2)


def reader():
    return LIMITS
"""


def test_related_are_callees_and_users_of_the_same_file() -> None:
    """What the changed rows call and who uses what they define; nothing else."""
    source = parse_source("a.py", RELATED)
    function = frozenset(range(13, 15))

    shown = related(source, function)
    assert "def check" in shown
    assert "def caller" in shown
    assert "def untouched" not in shown
    assert "def changed" not in shown
    assert "def reader" in related(source, frozenset({2}))
    assert related(source, function, budget=10) == ""
