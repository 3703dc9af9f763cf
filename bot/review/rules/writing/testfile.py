"""Lays out a regression test file: docstring, imports in groups, helpers, tests."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from textwrap import indent

from bot.records import RegressionTest
from bot.review.reviewers import Placement
from bot.review.rules.writing.rewrite import CannotWrite

MAX_LINES = 60
FOUR = "    "


def block(head: str, doc: str, rows: Iterable[str]) -> str:
    """A function: its `def` line, docstring, and body rows (indented by their own level only)."""
    body = "\n".join(row for row in rows if row)
    lead = f'"""{doc}"""\n' if doc else ""
    return f"{head}\n{indent(lead + body, FOUR)}"


def test_file(
    placement: Placement,
    guarantee: str,
    imports: Iterable[str],
    blocks: Iterable[str],
) -> RegressionTest:
    """The test at its place. Raises CannotWrite when it grew too long to be read."""
    groups = _groups(set(imports), placement.module.partition(".")[0])
    parts = [f'"""{guarantee}"""', *("\n".join(group) for group in groups if group)]
    text = "\n\n".join(parts) + "\n\n\n" + "\n\n\n".join(blocks) + "\n"
    if text.count("\n") > MAX_LINES:
        raise CannotWrite("The regression test would be too long to be read.")
    return RegressionTest(placement.path, text)


def _groups(imports: set[str], own: str) -> tuple[list[str], list[str], list[str]]:
    """Standard library, other packages, the project: each sorted, plain imports first."""
    groups: tuple[list[str], list[str], list[str]] = ([], [], [])
    for line in sorted(imports, key=lambda one: (one.startswith("from"), one.lower())):
        package = line.split()[1].partition(".")[0]
        place = 2 if package == own else 0 if package in sys.stdlib_module_names else 1
        groups[place].append(line)
    return groups
