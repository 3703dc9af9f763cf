"""Where the defect of a case stands on its vulnerable head, and of which weakness it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.evals.corpus import Built, git
from tests.evals.review.families import is_same

NEAR = 3  # rows
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """Nothing of it is ever shown to the reviewer. A clean case has no `cwes`."""

    cwes: tuple[str, ...] = ()
    hunks: Mapping[str, Spans] | None = None  # rows that upstream's fix changes, or stands between
    units: Mapping[str, Spans] | None = None  # the functions and statements that hold these rows

    def is_right(self, path: str, start: int, end: int, cwe: str) -> bool:
        """Whether a finding is the defect: its family, and in a changed function or hunk."""
        spans = (self.hunks or {}).get(path, ()) + (self.units or {}).get(path, ())
        return is_same(cwe, self.cwes) and _touch(spans, start, end)

    def is_near(self, path: str, start: int, end: int) -> bool:
        """Whether one of the rows stands within three rows of a row that the fix changes."""
        return _touch((self.hunks or {}).get(path, ()), start - NEAR, end + NEAR)


def _touch(spans: Spans, start: int, end: int) -> bool:
    return any(first <= end and start <= last for first, last in spans)


def truth_of(case: Built) -> Truth:
    """From the difference between the vulnerable and the fixed branch; a clean case has none."""
    if case.name.startswith("clean-"):
        return Truth()
    cwes = tuple(case.truth["cwe"])
    hunks: dict[str, Spans] = {}
    units: dict[str, Spans] = {}
    for path in git(case.repository, "diff", "--name-only", "base", "head").split():
        hunks[path] = changed_rows(git(case.repository, "diff", "-U0", "base", "head", "--", path))
        units[path] = changed_units(case.show("head", path), hunks[path]) if path.endswith(".py") else ()
    return Truth(cwes, hunks, units)


def changed_rows(diff: str) -> Spans:
    """The rows of the new side that a diff without context shows; where it only deletes, the two around."""
    spans = []
    for found in re.finditer(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", diff, re.MULTILINE):
        start, count = int(found[1]), int(found[2] or 1)
        spans.append((start, start + count - 1) if count else (start, start + 1))
    return tuple(spans)


def changed_units(source: str, rows: Spans) -> Spans:
    """The functions, else the statements of a class or the module, that hold one of the rows."""
    found: list[tuple[int, int]] = []

    def look(body: list[ast.stmt]) -> None:
        for node in body:
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
            span = (first, node.end_lineno or first)
            if isinstance(node, ast.Import | ast.ImportFrom) or not _touch(rows, *span):
                continue
            if isinstance(node, ast.ClassDef):
                look(node.body)
            else:
                found.append(span)

    look(ast.parse(source).body)
    return tuple(found)
