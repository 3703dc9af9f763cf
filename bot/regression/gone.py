"""Whether the code that a kept test was written for is gone: taken away, not moved, renamed or rewritten."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from bot.records import Finding, KeptTest
from bot.regression.trees import read_file
from bot.review.claude.slices import enclosing, parse_source, scope_of

MOST_ALIKE = 1 / 3  # of a function's lines that may stand elsewhere by chance
_SAYING = re.compile(r"\w.*\w.*\w")  # a line with less in it is no sign of anything


def home_of(finding: Finding, tree: Path) -> tuple[str, str]:
    """The dotted name of the function that the finding is in, and its text; "" twice where there is none."""
    content = read_file(tree, finding.path)
    source = parse_source(finding.path, content.decode(errors="replace")) if content is not None else None
    scope = scope_of(source, finding.start_line) if source is not None else ""
    if source is None or not scope:
        return "", ""
    return scope, enclosing(source, finding.start_line, finding.end_line).text


def is_gone(kept: KeptTest, tree: Path, changed: Iterable[str]) -> bool:
    """Whether nothing of the code stands in its file, nor in any other that the change touches.

    Its name, one of its quoted lines, or a third of its function's lines are enough to say that it only
    moved; so is not to know which function it was.
    """
    if not kept.scope:
        return False
    name = re.compile(rf"\b(def|class)\s+{re.escape(kept.scope.rpartition('.')[2])}\b")
    body, quote = _lines(kept.code), _lines(kept.finding.quote)
    for path in {kept.finding.path, *changed}:
        text = (read_file(tree, path) or b"").decode(errors="replace")
        there = _lines(text)
        if name.search(text) or quote & there or len(body & there) > MOST_ALIKE * len(body):
            return False
    return True


def _lines(text: str) -> set[str]:
    """The lines that say something, without their blanks."""
    return {"".join(line.split()) for line in text.splitlines() if _SAYING.search(line)}
