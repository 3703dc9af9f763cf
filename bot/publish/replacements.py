"""A patch as whole lines to replace, for programs that apply a fix themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.diff.parse import parse_diff
from bot.errors import InputError
from bot.records import Hunk, Patch


@dataclass(frozen=True, slots=True)
class Replacement:
    """Replace the head's lines `start_line`..`end_line`, without the last one's end, by `text`."""

    path: str
    start_line: int
    end_line: int
    end_column: int  # behind the last sign of the last line
    text: str


def replacements(patch: Patch) -> tuple[Replacement, ...]:
    """The patch, one replacement a hunk; () when they would not make the same bytes of the files.

    Replacements of one file never overlap. A file that the patch makes, removes or renames has no lines to
    replace, and how other line ends than a line feed are written is left to who applies it.
    """
    if "\r" in patch.diff or "\n\\ No newline" in patch.diff:
        return ()
    try:
        files = parse_diff(patch.diff)
    except InputError:
        return ()
    if any(file.status != "modified" for file in files):
        return ()
    made = [_replacement(hunk) for file in files for hunk in file.hunks]
    return tuple(one for one in made if one) if all(made) else ()


def _replacement(hunk: Hunk) -> Replacement | None:
    """From the first changed row to the last, and one row more where there is nothing to replace, or by."""
    changed = [place for place, row in enumerate(hunk.lines) if row.kind != "context"]
    if not changed:
        return None
    first, last = changed[0], changed[-1]
    if not _has_both_sides(hunk, first, last):
        first, last = (first - 1, last) if first else (first, last + 1)
    rows = hunk.lines[first : last + 1]
    old = [(row.old, row.text) for row in rows if row.old is not None]
    new = [row.text for row in rows if row.new is not None]
    if not old or not new:
        return None
    (start, _), (end, text) = old[0], old[-1]
    return Replacement(hunk.path, start, end, len(text) + 1, "\n".join(new))


def _has_both_sides(hunk: Hunk, first: int, last: int) -> bool:
    kinds: Sequence[str] = [row.kind for row in hunk.lines[first : last + 1]]
    return any(kind != "added" for kind in kinds) and any(kind != "deleted" for kind in kinds)
