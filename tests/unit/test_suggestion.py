"""Suggestions: applied as GitHub applies them they give the fixed file, or there is none."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.diff.parse import parse_patch
from bot.publish.suggestion import MOST_LINES, suggestion
from bot.records import Hunk, Patch

word = st.text(st.sampled_from("abc `"), max_size=5)
files = st.lists(word, min_size=1, max_size=12)


def diff(old: list[str], new: list[str], path: str = "x.py") -> str:
    rows = difflib.unified_diff(
        [f"{one}\n" for one in old], [f"{one}\n" for one in new], f"a/{path}", f"b/{path}"
    )
    return "".join(rows)


def hunks(old: list[str], new: list[str], path: str = "x.py") -> tuple[Hunk, ...]:
    patch = "".join(diff(old, new, path).splitlines(keepends=True)[2:])
    return parse_patch(path, "modified", patch).hunks if patch else ()


@given(files, files, files)
def test_a_suggestion_gives_exactly_the_fixed_file(
    base: list[str], head: list[str], fixed: list[str]
) -> None:
    """Replacing the range by the lines is the fix, and the range lies inside one hunk."""
    shown = hunks(base, head)
    made = suggestion(Patch(diff(head, fixed)), shown)
    assume(made is not None)
    assert made is not None

    assert head[: made.start_line - 1] + list(made.lines) + head[made.end_line :] == fixed
    assert any(hunk.new_lines.issuperset(range(made.start_line, made.end_line + 1)) for hunk in shown)
    block = made.block().split("\n")
    assert block[0].endswith("`suggestion")
    fence = block[0].removesuffix("suggestion")
    assert block[-1] == fence
    assert not any(line.startswith(fence) for line in block[1:-1])


BASE = ["a", "b", "c"]
HEAD = ["a", "new 1", "new 2", "b", "c"]


def made(
    head: list[str], fixed: list[str], base: list[str] = BASE
) -> tuple[int, int, tuple[str, ...]] | None:
    one = suggestion(Patch(diff(head, fixed)), hunks(base, head))
    return (one.start_line, one.end_line, one.lines) if one else None


def test_the_tightest_range_is_taken() -> None:
    """One changed line is one line; an insertion repeats its neighbour; a deletion is an empty block."""
    assert made(HEAD, ["a", "new 1", "mended", "b", "c"]) == (3, 3, ("mended",))
    assert made(HEAD, ["a", "new 1", "guard", "new 2", "b", "c"]) == (2, 2, ("new 1", "guard"))
    assert made(HEAD, ["guard", *HEAD]) == (1, 1, ("guard", "a"))
    assert made(HEAD, ["a", "new 1", "b", "c"]) == (3, 3, ())
    assert made(HEAD, ["a", "x", "new 2", "y", "b", "c"]) == (2, 3, ("x", "new 2", "y"))


def test_a_deleted_row_inside_the_range_is_in_the_way() -> None:
    """GitHub shows such a suggestion, but cannot commit it."""
    base = ["a", "old", "z"]
    head = ["new 1", "old 2", "z"]  # "a" and "old" go away before and between

    shown = parse_patch("x.py", "modified", "@@ -1,3 +1,3 @@\n-a\n+new 1\n-old\n+old 2\n z").hunks

    assert base != head
    assert suggestion(Patch(diff(head, ["1", "2", "z"])), shown) is None
    assert suggestion(Patch(diff(head, ["new 1", "2", "z"])), shown) is not None


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (diff(HEAD, ["a", "x", "new 2", "b", "c"]).replace("\n", "\r\n"), "CRLF"),
        (
            diff(HEAD, ["a", "x", "new 2", "b", "c"]) + "\\ No newline at end of file\n",
            "no newline at the end",
        ),
        (diff(HEAD, ["a", "x", "new 2", "b", "c"]) + diff(["q"], ["r"], "y.py"), "two files"),
        (diff(HEAD, ["a", *["long"] * (MOST_LINES + 1), "b", "c"]), "too long"),
        (diff(HEAD, ["a", "x\u202e", "new 2", "b", "c"]), "a character nobody sees"),
        (diff(HEAD, ["a", "", "b", "c"]), "an empty line"),
        (diff(["other", *HEAD[1:]], ["x", *HEAD[1:]]), "another file than the hunk shows"),
        (diff([], ["x"]).replace("--- a/x.py", "--- /dev/null"), "a new file"),
        ("nonsense", "no diff"),
    ],
)
def test_no_suggestion_where_github_could_not_commit_it(patch: str, why: str) -> None:
    """The comment names the fix commit then."""
    assert suggestion(Patch(patch), hunks(BASE, HEAD)) is None, why


def test_no_suggestion_outside_the_diff() -> None:
    """A fix elsewhere in the file, or in another file, has no line to stand on."""
    base = [str(number) for number in range(40)]
    head = [*base[:5], "new", *base[5:]]

    assert suggestion(Patch(diff(head, [*head[:30], "x", *head[31:]])), hunks(base, head)) is None
    assert suggestion(Patch(diff(head, ["x", *head[1:]], "y.py")), hunks(base, head)) is None
