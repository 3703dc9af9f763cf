"""Runs the repository's own tests on the head and with the patch, and compares them (gate G10)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.gates import pass_to_pass
from bot.records import Gate, Run, RunStatus
from bot.regression.lab import Bench

REPEATED = 100  # tests that are run a second time at most: more do not fail by chance
WHOLE = "the whole suite"
AFFECTED = "the tests that import the patched files"
AFFECTED_ONLY = f"only {AFFECTED}: on the head the whole suite does not end within the budget"


def compare_suites(
    head: Path, fixed: Path, paths: tuple[str, ...], bench: Bench
) -> tuple[Gate, tuple[Run, ...]]:
    """Gate G10 and the runs it took.

    The head's runs are shared with other findings. Tests that import the patched files come first; where the
    whole suite does not end within the budget on the head, they alone decide.
    """
    affected = bench.language.affected_tests(paths, head)
    before = bench.before(head)
    if before.status is RunStatus.TIMEOUT and affected:
        return _compare_affected(head, fixed, affected, bench, (before,))
    if settled := pass_to_pass.judge_baseline(before):
        return settled, (before,)
    runs: tuple[Run, ...] = (before,)
    if affected:
        first, more = _first_look(before, fixed, affected, bench)
        runs += more
        if not first.passed:
            return first, runs
    after = bench.run_existing("fixed", fixed)
    gate, more = _judge(before, after, fixed, bench, WHOLE)
    return gate, (*runs, after, *more)


def _compare_affected(
    head: Path, fixed: Path, affected: tuple[str, ...], bench: Bench, runs: tuple[Run, ...]
) -> tuple[Gate, tuple[Run, ...]]:
    before = bench.before(head, affected)
    runs += (before,)
    if settled := pass_to_pass.judge_baseline(before):
        return settled, runs
    after = bench.run_existing("fixed", fixed, affected)
    gate, more = _judge(before, after, fixed, bench, AFFECTED_ONLY)
    return gate, (*runs, after, *more)


def _first_look(
    before: Run, fixed: Path, affected: tuple[str, ...], bench: Bench
) -> tuple[Gate, tuple[Run, ...]]:
    """The affected tests alone: what they break needs no whole suite. What vanished, only that can tell."""
    after = bench.run_existing("fixed", fixed, affected)
    ran = {one.id for one in after.outcomes}
    same = replace(before, outcomes=tuple(one for one in before.outcomes if one.id in ran))
    gate, more = _judge(same, after, fixed, bench, AFFECTED)
    return gate, (after, *more)


def _judge(before: Run, after: Run, fixed: Path, bench: Bench, scope: str) -> tuple[Gate, tuple[Run, ...]]:
    """Compare; tests that no longer pass are run once more, to tell the flaky ones."""
    ran = {one.id for one in after.outcomes}
    lost = tuple(one for one in pass_to_pass.regressed(before, after) if one in ran)
    if not lost or len(lost) > REPEATED or after.status is not RunStatus.EXITED:
        return pass_to_pass.judge(before, after, scope=scope), ()
    again = bench.run_existing("fixed", fixed, lost)
    return pass_to_pass.judge(before, after, again, scope), (again,)
