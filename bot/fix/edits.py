"""Edits, verbatim blocks to replace, become new contents; or a refusal that says what does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from bot.gates import refused
from bot.gates.placement import GATE
from bot.records import Edit, Gate, Reason


@dataclass(frozen=True, slots=True)
class _Span:
    """Replace the signs `start` to `stop` of a file by `text`."""

    start: int
    stop: int
    text: str


def apply_edits(edits: tuple[Edit, ...], read: Callable[[str], str | None]) -> dict[str, str] | Gate:
    """New contents by path, from the contents that `read` gives; or gate G1, refused, with the reason.

    Every block has to stand exactly once in its file: verbatim, or else line by line with blanks made equal.
    An edit of a file that is not there, with an empty `old`, makes a new file. All blocks are looked for in
    the file as it is, so edits cannot build on each other; those that overlap are refused.
    """
    contents: dict[str, str] = {}
    for path in dict.fromkeys(edit.path for edit in edits):
        made = _edited(path, read(path), tuple(edit for edit in edits if edit.path == path))
        if isinstance(made, Gate):
            return made
        contents[path] = made
    if not contents:
        return refused(GATE, Reason.PATCH_EMPTY, "The fix holds no edit.")
    return contents


def _edited(path: str, before: str | None, edits: tuple[Edit, ...]) -> str | Gate:
    if before is None:
        if len(edits) == 1 and not edits[0].old and edits[0].new:
            return edits[0].new
        return refused(GATE, Reason.EDIT_NOT_FOUND, f"{path} is not a text file of the repository.")
    spans: list[_Span] = []
    for edit in edits:
        found = _find(edit, before)
        if isinstance(found, Gate):
            return found
        spans.append(found)
    spans.sort(key=lambda span: span.start)
    if any(one.stop > other.start for one, other in pairwise(spans)):
        return refused(GATE, Reason.EDIT_NOT_UNIQUE, f"Two edits of {path} overlap; make one edit of them.")
    after = before
    for span in reversed(spans):
        after = after[: span.start] + span.text + after[span.stop :]
    if after == before:
        return refused(GATE, Reason.PATCH_EMPTY, f"The edits of {path} change nothing.")
    return after


def _find(edit: Edit, content: str) -> _Span | Gate:
    if not edit.old.strip():
        return refused(GATE, Reason.EDIT_NOT_FOUND, f"An edit of {edit.path} names no lines to replace.")
    old, new = _like(content, edit.old), _like(content, edit.new)
    times = _count(content, old)
    if times == 1:
        start = content.index(old)
        return _Span(start, start + len(old), new)
    if times == 0:
        spans = _find_loosely(old, new, content)
        times = len(spans)
        if times == 1:
            return spans[0]
    shown = old.strip().splitlines()[0].strip()
    if times == 0:
        detail = (
            f"The block beginning {shown!r} does not stand in {edit.path}. Copy it from the file verbatim."
        )
        return refused(GATE, Reason.EDIT_NOT_FOUND, detail)
    detail = f"The block beginning {shown!r} stands {times} times in {edit.path}. Give more lines around it."
    return refused(GATE, Reason.EDIT_NOT_UNIQUE, detail)


def _count(content: str, old: str) -> int:
    """How often `old` stands in the content, overlapping places too."""
    return sum(1 for _ in re.finditer(f"(?={re.escape(old)})", content))


def _like(content: str, text: str) -> str:
    """The text with the line ends of a file whose lines all end in CRLF, or all in LF."""
    crlf, lf = content.count("\r\n"), content.count("\n")
    if crlf and crlf == lf:
        return re.sub(r"\r?\n", "\r\n", text)
    return text.replace("\r\n", "\n") if not crlf else text


def _find_loosely(old: str, new: str, content: str) -> list[_Span]:
    """Where the whole lines of `old` stand when runs of blanks count as one and the indentation is free."""
    wanted = [line.split() for line in old.strip("\r\n").split("\n")]
    lines = re.split(r"(?<=\n)", content)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    words = [line.split() for line in lines]
    spans = []
    for first in range(len(lines) - len(wanted) + 1):
        if words[first : first + len(wanted)] != wanted:
            continue
        block = lines[first : first + len(wanted)]
        moved = _reindented(new, _indent(old.strip("\r\n")), _indent("".join(block)))
        if moved is not None:
            ends_line = block[-1].endswith("\n")
            text = moved.rstrip("\r\n") + _line_end(block[-1]) if ends_line and moved.strip() else moved
            spans.append(_Span(starts[first], starts[first + len(wanted)], text))
    return spans


def _indent(block: str) -> str:
    line = next((line for line in block.split("\n") if line.strip()), "")
    return line[: len(line) - len(line.lstrip())]


def _line_end(line: str) -> str:
    return "\r\n" if line.endswith("\r\n") else "\n"


def _reindented(text: str, was: str, now: str) -> str | None:
    """The text moved from one indentation to the other; None when its lines do not share the first."""
    if was == now:
        return text.strip("\r\n") if not text.strip() else text.lstrip("\r\n")
    rows = text.lstrip("\r\n").split("\n")
    if any(row.strip() and not row.startswith(was) for row in rows):
        return None
    return "\n".join(now + row[len(was) :] if row.strip() else row for row in rows)
