"""Test ids that change from run to run, for a value stands in them: told apart by outcome instead."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from bot.records import Run, TestOutcome, TestStatus

ORDER = (TestStatus.FAILED, TestStatus.ERROR, TestStatus.SKIPPED, TestStatus.PASSED)


def function_of(test_id: str) -> str:
    """The id without its parameters: "tests/test_a.py::test_b"."""
    return test_id.partition("[")[0]


def unsteady(some: tuple[str, ...], others: tuple[str, ...]) -> frozenset[str]:
    """Functions whose ids differ between two runs in their parameters only, in the same number."""
    here, there = set(some), set(others)
    changed = {function_of(one) for one in here ^ there}
    before, after = (Counter(function_of(one) for one in ids) for ids in (here, there))
    return frozenset(one for one in changed if before[one] == after[one])


def with_steady_ids(run: Run, functions: frozenset[str]) -> Run:
    """The run with the ids of these functions numbered, failures first: so runs can be compared by counts."""
    if not functions:
        return run
    renamed: dict[str, str] = {}
    for function in functions:
        mine = [one for one in run.outcomes if function_of(one.id) == function]
        mine.sort(key=lambda one: ORDER.index(one.status))
        renamed |= {one.id: f"{function}[#{number}]" for number, one in enumerate(mine, 1)}
    return replace(run, outcomes=tuple(_renamed(one, renamed) for one in run.outcomes))


def _renamed(one: TestOutcome, names: dict[str, str]) -> TestOutcome:
    return replace(one, id=names.get(one.id, one.id))
