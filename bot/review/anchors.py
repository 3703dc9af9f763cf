"""Where a finding stands: label and quote mapped to lines of the diff, or to none; never to some line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.diff.signs import visible
from bot.records import Hunk

# A shorter quote that does not stand at its label says too little to be looked for elsewhere.
MIN_SEARCHED = 8


@dataclass(frozen=True, slots=True)
class Anchor:
    """Lines `start_line`..`end_line` of the new file, all in `hunk`; `quote` is those lines in full."""

    hunk: Hunk
    start_line: int
    end_line: int
    quote: str


def label(hunk: int, row: int) -> str:
    """The name of a row: hunks and rows are counted from 1, deleted rows too."""
    return f"H{hunk}.{row}"


def find_anchor(hunks: Sequence[Hunk], at: str, quote: str) -> Anchor | None:
    """The lines that `quote` stands on, or None when that is not certain.

    Exact at the label; else once, exactly, in the label's hunk; else once in the whole diff with white space
    folded. Only rows of the new file count. Text is compared as it was shown: hidden characters spelled out.
    """
    quote = visible(quote.replace("\r\n", "\n").strip("\r\n"))
    if not quote.strip():
        return None
    number, row = _parse(at)
    hunk = hunks[number - 1] if 1 <= number <= len(hunks) else None
    if hunk is not None and (anchor := _at_row(hunk, row, quote)):
        return anchor
    if len(re.sub(r"\s", "", quote)) < MIN_SEARCHED:
        return None
    if hunk is not None:
        found = _Text(hunk, folded=False).find_all(quote)
        if found:
            return found[0] if len(found) == 1 else None
    folded = " ".join(quote.split())
    found = [one for each in hunks for one in _Text(each, folded=True).find_all(folded)]
    return found[0] if len(found) == 1 else None


def _parse(at: str) -> tuple[int, int]:
    match = re.fullmatch(r"H(\d{1,6})\.(\d{1,6})", at)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _at_row(hunk: Hunk, row: int, quote: str) -> Anchor | None:
    if not 1 <= row <= len(hunk.lines) or (line := hunk.lines[row - 1].new) is None:
        return None
    return next((one for one in _Text(hunk, folded=False).find_all(quote) if one.start_line == line), None)


class _Text:
    """The new-file rows of a hunk as one text that can be searched, and the way back from places to rows."""

    def __init__(self, hunk: Hunk, *, folded: bool) -> None:
        self._hunk = hunk
        self._rows = [(line.new, line.text.rstrip("\r")) for line in hunk.lines if line.new is not None]
        shown = [visible(text) for _, text in self._rows]
        parts = [" ".join(text.split()) if folded else text for text in shown]
        joint = " " if folded else "\n"
        kept = [index for index, part in enumerate(parts) if part or not folded]
        self._text = joint.join(parts[index] for index in kept)
        self._row_at = [index for index in kept for _ in range(len(parts[index]) + 1)]

    def find_all(self, quote: str) -> list[Anchor]:
        """Every place the quote stands at; several on the same lines are one."""
        found: dict[tuple[int, int], Anchor] = {}
        start = self._text.find(quote)
        while start >= 0:
            first, last = self._row_at[start], self._row_at[start + len(quote) - 1]
            rows = self._rows[first : last + 1]
            quoted = "\n".join(text for _, text in rows)
            found[first, last] = Anchor(self._hunk, rows[0][0], rows[-1][0], quoted)
            start = self._text.find(quote, start + 1)
        return list(found.values())
