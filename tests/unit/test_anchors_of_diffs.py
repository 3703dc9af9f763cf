"""From git's own diffs to anchors: odd characters, line ends, renames and repeats never move a finding."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.diff.parse import parse_diff, parse_patch
from bot.diff.signs import visible
from bot.forge.local import _DIFF
from bot.records import ChangedFile, Hunk
from bot.review.anchors import Anchor, find_anchor, label

# Python's str.splitlines and the regular expressions' $ see an end of line in most of these; git in none
SIGNS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\r\ufeff\u200b\u202e\xa0\u0301\U0001f40d\U000e0041\t ⟨"
MANY = 60  # examples a property; 1,500 were tried when this was written
HEADERS = (
    "--- a/x",
    "+++ b/x",
    "@@ -1 +1 @@",
    "diff --git a/x b/x",
    "\\ No newline at end of file",
    "rename to x",
)


@dataclass(frozen=True)
class Git:
    """A bare repository in which trees are compared as the local forge does it."""

    place: Path

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        command = ["git", "-C", str(self.place), "-c", "core.quotePath=true", *arguments]
        return subprocess.run(command, input=given, capture_output=True, check=True).stdout

    def tree(self, name: str, text: str) -> str:
        blob = self.run("hash-object", "-w", "--stdin", given=text.encode()).decode().strip()
        return self.run("mktree", "-z", given=f"100644 blob {blob}\t{name}\0".encode()).decode().strip()

    def diff(self, old: tuple[str, str], new: tuple[str, str]) -> str:
        words = [word for word in _DIFF if word != "--end-of-options"]
        return self.run(*words, self.tree(*old), self.tree(*new)).decode("utf-8", "replace")


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> Git:
    place = tmp_path_factory.mktemp("repository")
    made = Git(place)
    made.run("init", "--quiet", "--bare")
    return made


@dataclass(frozen=True)
class Edit:
    """A file before and after, each with its name."""

    old: tuple[str, str]
    new: tuple[str, str]


odd = st.text(st.sampled_from(SIGNS + "ab(=)"), max_size=6)
usual = st.sampled_from(("x = 1", "    return x", "}", "", "# é", "if a:"))
rows = st.one_of(usual, usual, odd, st.tuples(st.sampled_from(HEADERS), odd).map("".join))
names = st.sampled_from(("a.py", "b c.py", 'q"uote.py', "é.py", "\u2028.py", "tab\t.py"))


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """Some rows kept, taken out and put in; line ends and the last one as they come."""
    before, after = [], []
    for _ in range(draw(st.integers(1, 6))):
        same = draw(st.lists(rows, max_size=9))
        before += [*same, *draw(st.lists(rows, max_size=3))]
        after += [*same, *draw(st.lists(rows, max_size=3))]
    name = draw(names)
    other = draw(st.sampled_from((name, "renamed.py")))
    return Edit((name, _joined(draw, before)), (other, _joined(draw, after)))


def _joined(draw: st.DrawFn, lines: Sequence[str]) -> str:
    end = draw(st.sampled_from(("\n", "\n", "\r\n")))
    return end.join(lines) + (end if lines and draw(st.booleans()) else "")


def lines_of(text: str) -> list[str]:
    """Lines as git counts them, without their ends."""
    lines = text.split("\n")
    return [line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]


def check_hunks(edit: Edit, hunks: Sequence[Hunk]) -> None:
    """The rows are the files' real lines, and the hunks alone make the new file out of the old one."""
    old, new = lines_of(edit.old[1]), lines_of(edit.new[1])
    made, taken = [], 0
    for hunk in hunks:
        olds = [line.old for line in hunk.lines if line.old is not None]
        news = [line.new for line in hunk.lines if line.new is not None]
        assert olds == list(range(olds[0], olds[0] + len(olds))) if olds else True
        assert news == list(range(news[0], news[0] + len(news))) if news else True
        made += old[taken : olds[0] - 1] if olds else []
        taken = olds[-1] if olds else taken
        made += [line.text for line in hunk.lines if line.new is not None]
        assert [line.text for line in hunk.lines if line.old is not None] == [old[one - 1] for one in olds]
        assert [line.text for line in hunk.lines if line.new is not None] == [new[one - 1] for one in news]
    assert made + old[taken:] == new


def check_anchor(edit: Edit, anchor: Anchor, quote: str) -> None:
    """A comment may stand there, and the quote is what stands there in the new file."""
    assert set(range(anchor.start_line, anchor.end_line + 1)) <= anchor.hunk.new_lines
    real = lines_of(edit.new[1])[anchor.start_line - 1 : anchor.end_line]
    assert anchor.quote == "\n".join(line.rstrip("\r") for line in real)
    shown = [" ".join(visible(line.rstrip("\r")).split()) for line in real]
    folded = " ".join(line for line in shown if line)
    assert " ".join(visible(quote.replace("\r\n", "\n").strip("\r\n")).split()) in folded


def honest(hunks: Sequence[Hunk]) -> Iterator[tuple[str, str, int, int]]:
    """Labels and quotes as a careful reader of the shown rows gives them: one row, and up to four."""
    for number, hunk in enumerate(hunks, 1):
        shown = [(row, line) for row, line in enumerate(hunk.lines, 1) if line.new is not None]
        for first in range(len(shown)):
            for last in range(first, min(first + 4, len(shown))):
                texts = [visible(line.text.rstrip("\r")) for _, line in shown[first : last + 1]]
                if texts[0].strip() and texts[-1].strip():
                    row, line = shown[first]
                    yield label(number, row), "\n".join(texts), line.new or 0, shown[last][1].new or 0


quick = settings(
    max_examples=MANY, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def hunks_of(git: Git, edit: Edit) -> tuple[ChangedFile, ...]:
    return parse_diff(git.diff(edit.old, edit.new))


@quick
@given(edit=edits())
def test_hunks_are_the_files_real_lines(git: Git, edit: Edit) -> None:
    """Whatever stands in a file, its hunks hold its lines by their numbers; GitHub's patch gives the same."""
    text = git.diff(edit.old, edit.new)
    files = parse_diff(text)

    if edit.old[0] == edit.new[0]:
        assert [file.path for file in files] == ([edit.new[0]] if edit.old[1] != edit.new[1] else [])
        for file in files:
            check_hunks(edit, file.hunks)
            patch = text[text.index("\n@@ ") + 1 :].removesuffix("\n")
            assert parse_patch(file.path, "modified", patch).hunks == file.hunks
    else:
        assert sorted((file.path, file.status) for file in files) in (
            [(edit.new[0], "renamed")],
            sorted([(edit.old[0], "removed"), (edit.new[0], "added")]),
        )
        renamed = [file for file in files if file.status == "renamed"]
        assert all(file.previous_path == edit.old[0] for file in renamed)
        for file in renamed:
            check_hunks(edit, file.hunks)


@quick
@given(edit=edits())
def test_an_honest_quote_is_found_at_its_place(git: Git, edit: Edit) -> None:
    """Every row, and every run of up to four, quoted as it was shown with its label, is found just there."""
    for file in hunks_of(git, edit):
        for at, quote, start, end in honest(file.hunks):
            anchor = find_anchor(file.hunks, at, quote)

            assert anchor is not None
            assert (anchor.start_line, anchor.end_line) == (start, end)
            check_anchor(edit, anchor, quote)


@quick
@given(edit=edits(), at=st.tuples(st.integers(0, 3), st.integers(0, 30)), quote=st.lists(rows, max_size=4))
def test_what_stands_nowhere_is_nowhere(git: Git, edit: Edit, at: tuple[int, int], quote: list[str]) -> None:
    """Any label with any quote: lines that hold it and can bear a comment, or none."""
    text = "\n".join(quote)
    for file in hunks_of(git, edit):
        anchor = find_anchor(file.hunks, label(*at), text)

        if anchor is not None:
            check_anchor(edit, anchor, text)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_huge_hunk(git: Git, end: str) -> None:
    """In 5,000 added rows that are all alike, the label alone tells the place."""
    row = "    total += price  # \u2028 \U0001f40d"
    edit = Edit(("a.py", "start" + end), ("a.py", f"start{end}" + (row + end) * 5_000))
    (file,) = hunks_of(git, edit)
    check_hunks(edit, file.hunks)

    for place in (2, 2_500, 5_001):
        anchor = find_anchor(file.hunks, label(1, place), visible(row))
        assert anchor is not None
        assert (anchor.start_line, anchor.end_line) == (place, place)
    assert find_anchor(file.hunks, "H1.1", visible(row)) is None


def test_adjacent_hunks(git: Git) -> None:
    """A quote over the gap between two hunks stands in neither, so it has no anchor."""
    old = "".join(f"line {number}\n" for number in range(1, 15))
    edit = Edit(("a.py", old), ("a.py", old.replace("line 3\n", "three\n").replace("line 11\n", "eleven\n")))
    (file,) = hunks_of(git, edit)
    assert [min(hunk.new_lines) for hunk in file.hunks] == [1, 8]

    assert find_anchor(file.hunks, "H1.6", "line 5\nline 6") is not None
    assert find_anchor(file.hunks, "H1.6", "line 6\nline 7\nline 8") is None


def test_a_quote_of_what_was_only_taken_away(git: Git) -> None:
    """A deleted row bears no comment, by its label or by its words."""
    edit = Edit(("a.py", "keep\ncheck(password)\nend\n"), ("a.py", "keep\nend\n"))
    (file,) = hunks_of(git, edit)

    assert find_anchor(file.hunks, "H1.2", "check(password)") is None
    assert find_anchor(file.hunks, "H1.1", "check(password)") is None
