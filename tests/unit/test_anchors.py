"""Anchors: a label and a quote become lines only when the quoted code is certainly there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.records import Hunk, Line
from bot.review.anchors import find_anchor, label


def hunk(*rows: str, path: str = "a.py", start: int = 10) -> Hunk:
    """A hunk from rows such as "+code", "-code" and " code"."""
    lines, old, new = [], start, start
    for row in rows:
        kind = {"+": "added", "-": "deleted", " ": "context"}[row[0]]
        lines.append(
            Line(
                kind,  # type: ignore[arg-type]  # one of the three by construction
                None if kind == "added" else old,
                None if kind == "deleted" else new,
                row[1:],
            )
        )
        old += kind != "added"
        new += kind != "deleted"
    return Hunk(path, "", tuple(lines))


FIRST = hunk(" def load(path):", "-    check(path)", "+    return open(path)", "+    return open(path)", " ")
SECOND = hunk("+    total = 1", "+    return  total_of( rows )", path="b.py", start=40)
HUNKS = (FIRST, SECOND)


def lines(at: str, quote: str) -> tuple[str, int, int] | None:
    anchor = find_anchor(HUNKS, at, quote)
    return (anchor.hunk.path, anchor.start_line, anchor.end_line) if anchor else None


def test_label_decides_between_equal_rows() -> None:
    """The same code twice in a hunk is told apart by the label."""
    assert lines("H1.3", "    return open(path)") == ("a.py", 11, 11)
    assert lines("H1.4", "    return open(path)") == ("a.py", 12, 12)


def test_wrong_label_with_a_quote_that_stands_once_is_found_in_the_hunk() -> None:
    """A miscounted label is no loss when the quote is unique in its hunk."""
    assert lines("H1.5", "def load(path):") == ("a.py", 10, 10)


def test_wrong_label_with_a_quote_that_stands_twice_is_refused() -> None:
    """Two candidates and no valid label: no anchor, never one of them."""
    assert lines("H1.1", "    return open(path)") is None


def test_wrong_hunk_is_found_in_the_diff_with_white_space_folded() -> None:
    """The last resort is the whole diff, white space folded, and again only if unique."""
    assert lines("H1.1", "return total_of( rows )") == ("b.py", 41, 41)
    assert lines("H9.1", "total = 1\nreturn total_of( rows )") == ("b.py", 40, 41)


def test_quote_over_a_deleted_row_spans_what_is_left() -> None:
    """Rows of the new file are consecutive even where the diff shows a deleted one between them."""
    anchor = find_anchor(HUNKS, "H1.1", "def load(path):\n    return open(path)")

    assert anchor is not None
    assert (anchor.start_line, anchor.end_line) == (10, 11)
    assert anchor.quote == "def load(path):\n    return open(path)"


@pytest.mark.parametrize(
    ("at", "quote"),
    [
        ("H1.2", "    check(path)"),  # deleted: no comment can stand there
        ("H1.1", "return close(path)"),  # not there
        ("H1.1", "   \n "),  # nothing
        ("H1.1", ""),
        ("H2.2", "="),  # too short to be searched for, and not at its label
        ("nonsense", "zzz_not_there"),
        ("H0.0", "zzz_not_there"),
    ],
)
def test_what_is_not_certainly_there_has_no_anchor(at: str, quote: str) -> None:
    """Deleted, absent, empty or too short: None, never some line."""
    assert lines(at, quote) is None


def test_files_with_carriage_returns_are_quoted_without_them() -> None:
    """The model does not see a line's end, so the anchor must not ask for it."""
    anchor = find_anchor((hunk("+first = 1\r", "+second = 2\r"),), "H1.1", "first = 1\nsecond = 2")

    assert anchor is not None
    assert (anchor.start_line, anchor.end_line) == (10, 11)


row_texts = st.text(st.sampled_from("ab (\t=)"), max_size=12)
rows = st.lists(st.tuples(st.sampled_from("+- "), row_texts).map("".join), min_size=1, max_size=8)
diffs = st.lists(rows, min_size=1, max_size=3).map(lambda many: tuple(hunk(*one) for one in many))
labels = st.tuples(st.integers(0, 4), st.integers(0, 9)).map(lambda pair: label(*pair))


@given(diffs, labels, st.text(st.sampled_from("ab (\t=)\n"), max_size=20))
def test_an_anchor_always_holds_the_quote_on_commentable_lines(
    diff: tuple[Hunk, ...], at: str, quote: str
) -> None:
    """Whatever is asked: commentable lines of one hunk, whose text holds the quote but for white space."""
    anchor = find_anchor(diff, at, quote)

    if anchor is not None:
        assert set(range(anchor.start_line, anchor.end_line + 1)) <= anchor.hunk.new_lines
        assert "".join(quote.split()) in "".join(anchor.quote.split())
        texts = {line.new: line.text for line in anchor.hunk.lines if line.new is not None}
        span = range(anchor.start_line, anchor.end_line + 1)
        assert anchor.quote == "\n".join(texts[one] for one in span)


@given(diffs, st.data())
def test_a_row_quoted_at_its_label_is_always_found_there(diff: tuple[Hunk, ...], data: st.DataObject) -> None:
    """An honest label and quote are never lost, however often the code repeats."""
    places = [
        (number, row, line)
        for number, one in enumerate(diff, 1)
        for row, line in enumerate(one.lines, 1)
        if line.new is not None and line.text.strip()
    ]
    if not places:
        return
    number, row, line = data.draw(st.sampled_from(places))

    anchor = find_anchor(diff, label(number, row), line.text)

    assert anchor is not None
    assert (anchor.hunk, anchor.start_line, anchor.end_line) == (diff[number - 1], line.new, line.new)
