"""Ids with a random value in them: compared by how many of a function's tests end how."""

from __future__ import annotations

from bot.regression.steady import unsteady, with_steady_ids
from tests.unit.runs import PATH, failed, passed, run

FUNCTION = f"{PATH}::test_hash"
PLAIN = f"{PATH}::test_plain[a]"


def test_only_parameters_may_differ():
    """The same function as often, with other parameters; else the tests are not the same."""
    here = (f"{FUNCTION}[x1]", f"{FUNCTION}[x2]", PLAIN)

    assert unsteady(here, (f"{FUNCTION}[y1]", f"{FUNCTION}[x2]", PLAIN)) == {FUNCTION}
    assert unsteady(here, (f"{FUNCTION}[y1]", PLAIN)) == frozenset()
    assert unsteady(here, here) == frozenset()


def test_outcomes_are_numbered_failures_first():
    """So two runs with the same counts are the same run, in whatever order the tests ran."""
    one = run(passed(f"{FUNCTION}[x]"), failed(f"{FUNCTION}[y]"), passed(PLAIN))
    other = run(failed(f"{FUNCTION}[z]"), passed(PLAIN), passed(f"{FUNCTION}[w]"))

    steady = [with_steady_ids(each, frozenset({FUNCTION})) for each in (one, other)]

    seen = [{outcome.id: outcome.status for outcome in each.outcomes} for each in steady]
    assert seen[0] == seen[1]
    assert set(seen[0]) == {f"{FUNCTION}[#1]", f"{FUNCTION}[#2]", PLAIN}
    assert with_steady_ids(one, frozenset()) is one
