"""The first sentences of a text, so that what stands open is short and ends where a sentence does."""

from __future__ import annotations

import re

# A code span is one piece. A sentence ends at a sign that no code span, and no short form, holds.
_PIECE = re.compile(r"`[^`\n]+`|.", re.DOTALL)
_END = re.compile(r"[.!?][\"')\]]*(?=\s+[^\sa-z])|\n\s*\n")
_SHORT = re.compile(r"\b(?:(?i:e\.g|i\.e|cf|vs|etc|fig|sec|approx)|[A-Z])\Z")


def excerpt(text: str, sentences: int, most: int) -> tuple[str, bool]:
    """At most so many whole sentences and characters of the first paragraph, and whether more follows.

    A first sentence that is longer than `most` is cut, with a sign that it was.
    """
    text = text.strip()
    kept = ""
    for end in _ends(text) if text else ():
        if len(text[:end].rstrip()) > most or sentences == 0:
            break
        kept, sentences = text[:end].rstrip(), sentences - 1
        if text[end - 1] == "\n":
            break
    if not kept and text:
        kept = f"{_cut(text, most)}…"
    return kept, len(kept) < len(text)


def _ends(text: str) -> list[int]:
    """Where sentences end, the text's own end last."""
    masked = _PIECE.sub(lambda piece: "X" * len(piece[0]) if len(piece[0]) > 1 else piece[0], text)
    found = [
        match.end()
        for match in _END.finditer(masked)
        if match[0].isspace() or match[0] != "." or not _SHORT.search(masked[: match.start()])
    ]
    return [*found, len(text)]


def _cut(text: str, most: int) -> str:
    """The beginning, up to a word's end; an open code span is left out with what follows."""
    begin = text[: most - 1]
    begin = begin[: begin.rfind(" ")] if " " in begin else begin
    if begin.count("`") % 2:
        begin = begin[: begin.rfind("`")]
    return begin.rstrip()
