"""A patch as GitHub's suggestion block, where GitHub can commit it with one click."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.diff.parse import parse_diff
from bot.diff.signs import is_hidden
from bot.errors import InputError
from bot.publish.neutral import fence_for
from bot.records import ChangedFile, Hunk, Patch

MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Replace the lines `start_line`..`end_line` of the new file by `lines`; the range lies in one hunk."""

    path: str
    start_line: int
    end_line: int
    lines: tuple[str, ...]

    def block(self) -> str:
        """The Markdown block."""
        content = "".join(f"{line}\n" for line in self.lines)
        fence = fence_for(content)
        return f"{fence}suggestion\n{content}{fence}"


@dataclass(slots=True)
class _Edits:
    """A patch by line numbers of the head's file: lines taken out, and lines put in after a line."""

    gone: set[int] = field(default_factory=set)
    added: dict[int, list[str]] = field(default_factory=dict)
    seen: dict[int, str] = field(default_factory=dict)


def suggestion(patch: Patch, hunks: Iterable[Hunk]) -> Suggestion | None:
    """The suggestion for this patch on these hunks, or None where GitHub could not commit it."""
    if "\r" in patch.diff or "\n\\ No newline" in patch.diff:
        return None  # how GitHub ends the lines it commits is not known for these
    try:
        files = parse_diff(patch.diff)
    except InputError:
        return None
    if len(files) != 1 or files[0].status != "modified":
        return None
    edits = _edits(files[0])
    return next(
        (
            made
            for hunk in hunks
            if hunk.path == files[0].path and (made := _within(hunk, edits)) is not None and _fits(made)
        ),
        None,
    )


def _edits(file: ChangedFile) -> _Edits:
    edits = _Edits()
    for hunk in file.hunks:
        last = min((row.old for row in hunk.lines if row.old is not None), default=1) - 1
        for row in hunk.lines:
            if row.old is None:
                edits.added.setdefault(last, []).append(row.text)
                continue
            last = row.old
            edits.seen[last] = row.text
            if row.kind == "deleted":
                edits.gone.add(last)
    return edits


def _within(hunk: Hunk, edits: _Edits) -> Suggestion | None:
    texts = {row.new: row.text for row in hunk.lines if row.new is not None}
    touched = edits.gone | {max(number, 1) for number in edits.added if number not in edits.gone}
    # Lines put in right after lines taken out belong to these; `touched` needs no other anchor for them.
    touched -= {number for number in touched - edits.gone if number + 1 in edits.gone and number not in texts}
    if not touched:
        return None
    start, end = min(touched), max(touched)
    numbers = range(start, end + 1)
    if any(
        number not in texts or edits.seen.get(number, texts[number]) != texts[number] for number in numbers
    ):
        return None
    if _deleted_between(hunk, start, end):
        return None
    lines: list[str] = list(edits.added.get(start - 1, []))
    for number in numbers:
        lines += [] if number in edits.gone else [texts[number]]
        lines += edits.added.get(number, [])
    return Suggestion(hunk.path, start, end, tuple(lines))


def _deleted_between(hunk: Hunk, start: int, end: int) -> bool:
    """GitHub shows a suggestion over a deleted row, but cannot commit it."""
    news = [row.new for row in hunk.lines]
    rows = hunk.lines[news.index(start) : news.index(end) + 1]
    return any(row.kind == "deleted" for row in rows)


def _fits(made: Suggestion) -> bool:
    text = "\n".join(made.lines)
    too_long = max(len(made.lines), made.end_line - made.start_line + 1) > MOST_LINES
    tabs_in_yaml = made.path.endswith((".yml", ".yaml")) and "\t" in text
    # One empty line reads the same as no line at all.
    return not (too_long or tabs_in_yaml or made.lines == ("",) or any(is_hidden(sign) for sign in text))
