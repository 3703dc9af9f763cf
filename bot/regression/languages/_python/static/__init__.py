"""Reads the text of a test, without running anything: what gates G0 and G14 are told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from pathlib import Path

from bot.gates.static import Objection, Unit
from bot.records import Reason, RegressionTest
from bot.regression.languages._python.static import asserting, conduct, facilities, sources, stand_ins
from bot.regression.languages._python.static.form import form_of
from bot.regression.languages._python.static.meaning import same_meaning
from bot.regression.languages._python.static.respaced import respaced
from bot.regression.languages._python.static.surroundings import surroundings
from bot.regression.languages._python.static.text import Text, read_test
from bot.regression.languages._python.static.unused import adds_unused

__all__ = ["adds_unused", "form_of", "new_lines", "objections", "respaced", "same_meaning", "surroundings"]
CHECKS: tuple[Callable[[Text], Iterator[Objection]], ...] = (
    facilities.network,
    facilities.processes,
    facilities.environment,
    facilities.ends,
    facilities.sleeps,
    conduct.skips,
    conduct.constant_assertions,
    conduct.catches_all,
    conduct.tampers,
    stand_ins.replaces_unit,
    sources.reads_source,
)


def objections(
    test: RegressionTest, before: str | None, tree: Path, unit: Unit, python_path: tuple[str, ...] = ()
) -> tuple[Objection, ...]:
    """What is wrong with the lines that the test adds to `before`, the file as it stands on the head."""
    text = read_test(test.content, tree, unit, python_path)
    if isinstance(text, Objection):
        return (text,)
    new = new_lines(before, test.content)
    found = [one for check in CHECKS for one in check(text) if one.line in new]
    if not asserting.asserts_on_product(text, new):
        line = min((node.lineno for node in text.tests() if node.lineno in new), default=1)
        what = "and the rest of the test assert nothing that depends on the code under test"
        found.append(Objection(Reason.ASSERTS_NOTHING, line, what))
    return tuple(found)


def new_lines(before: str | None, after: str) -> frozenset[int]:
    """Numbers of the lines of `after` that `before` has not; all when there is no `before`."""
    rows = after.split("\n")
    if before is None:
        return frozenset(range(1, len(rows) + 1))
    matcher = SequenceMatcher(None, before.split("\n"), rows, autojunk=False)
    codes = matcher.get_opcodes()
    return frozenset(line + 1 for tag, _, _, j1, j2 in codes if tag != "equal" for line in range(j1, j2))
