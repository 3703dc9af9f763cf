"""A patch taken apart and put together again."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.fix.hunks import contents_with, hunks_of
from bot.regression.languages.python import Python
from tests.flow.shop import write_tree

ROWS = [f"a{number} = {number}" for number in range(60)]
PATH = "shop.py"


def texts(tmp_path: Path, before: list[str], after: list[str]) -> tuple[Path, Path]:
    trees = [
        write_tree(tmp_path / name, {PATH: "\n".join(rows) + "\n"})
        for name, rows in (("head", before), ("fixed", after))
    ]
    return trees[0], trees[1]


def changed(*numbers: int, to: str = "x = {}") -> list[str]:
    return [to.format(number) if number in numbers else row for number, row in enumerate(ROWS)]


def test_far_changes_are_hunks_of_their_own(tmp_path: Path):
    """Each can be left out and applied alone; together they are the patch."""
    head, fixed = texts(tmp_path, ROWS, changed(3, 40))

    hunks = hunks_of(head, fixed, (PATH,), Python())

    assert [hunk.name for hunk in hunks] == [f"{PATH}:4", f"{PATH}:41"]
    assert hunks[0].without[PATH] == "\n".join(changed(40)) + "\n"
    assert hunks[0].alone[PATH] == "\n".join(changed(3)) + "\n"
    assert contents_with(hunks, head, fixed, (PATH,)) == {PATH: (fixed / PATH).read_text()}


def test_near_changes_are_one_hunk(tmp_path: Path):
    """As in a diff with the usual context."""
    head, fixed = texts(tmp_path, ROWS, changed(3, 8))

    assert len(hunks_of(head, fixed, (PATH,), Python())) == 1


def test_moved_code_is_one_hunk(tmp_path: Path):
    """What is taken away here and brought there belongs together."""
    moved = [*ROWS[:5], *ROWS[7:50], *ROWS[5:7], *ROWS[50:]]
    head, fixed = texts(tmp_path, ROWS, moved)

    assert len(hunks_of(head, fixed, (PATH,), Python())) == 1


@pytest.mark.parametrize(("row", "neutral"), [("a3 = 3  # three", True), ("a3 = 4", False)])
def test_neutral_hunks(tmp_path: Path, row: str, neutral: bool):
    """Comments change no meaning."""
    head, fixed = texts(tmp_path, ROWS, [*ROWS[:3], row, *ROWS[4:]])

    assert [hunk.is_neutral for hunk in hunks_of(head, fixed, (PATH,), Python())] == [neutral]


def test_no_more_than_a_dozen(tmp_path: Path):
    """Neighbours are taken together."""
    rows = [row for row in ROWS for _ in range(5)]
    after = [f"x = {number}" if number % 10 == 0 else row for number, row in enumerate(rows)]
    head, fixed = texts(tmp_path, rows, after)

    hunks = hunks_of(head, fixed, (PATH,), Python())

    assert len(hunks) == 12
    assert contents_with(hunks, head, fixed, (PATH,)) == {PATH: (fixed / PATH).read_text()}


def test_a_new_file_is_one_hunk(tmp_path: Path):
    """Without it there is no file."""
    head = write_tree(tmp_path / "head", {"other.py": ""})
    fixed = write_tree(tmp_path / "fixed", {PATH: "x = 1\n"})

    (hunk,) = hunks_of(head, fixed, (PATH,), Python())

    assert hunk.without == {PATH: None}
    assert hunk.alone == {PATH: "x = 1\n"}


def test_what_a_hunk_needs_comes_along_when_it_is_tried_alone(tmp_path: Path):
    """A guard alone would break on the constant that another hunk defines."""
    after = ["LIMIT = 9", *ROWS[:40], "if a3 > LIMIT: raise ValueError", *ROWS[40:]]
    head, fixed = texts(tmp_path, ROWS, after)

    first, guard = hunks_of(head, fixed, (PATH,), Python())

    assert guard.alone[PATH] == (fixed / PATH).read_text()
    assert first.alone[PATH] == "\n".join(["LIMIT = 9", *ROWS]) + "\n"
