"""Runs the repository's own tests on the head and with the patch, and compares (gate G10)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.gates import pass_to_pass
from bot.records import Gate, Run, RunStatus
from bot.regression.lab import Bench

REPEATED = 100  # tests that are run a second time at most: more do not fail by chance


def compare_suites(
    head: Path, fixed: Path, paths: tuple[str, ...], bench: Bench
) -> tuple[Gate, tuple[Run, ...]]:
    """Gate G10 and the runs it took.

    The head's runs are shared with other findings. Tests that import the patched files come first; a whole suite
    that does not end within the budget on the head is judged by these alone.
    """
    affected = bench.language.affected_tests(paths, head)
    before, scope = bench.before(head), "the whole suite"
    runs = [before]
    if before.status is RunStatus.TIMEOUT and affected:
        before = bench.before(head, affected)
        scope = "only those that import the patched files: the whole suite does not end in time on the head"
        runs.append(before)
    if settled := pass_to_pass.judge_baseline(before):
        return settled, tuple(runs)
    is_whole = before is runs[0]
    if affected:
        gate, more = _compare(before, fixed, affected, bench, "the tests that import the patched files")
        runs += more
        if not gate.passed or not is_whole:
            return (
                replace(gate, detail=f"{gate.detail} Judged by {scope}.") if not is_whole else gate
            ), tuple(runs)
    gate, more = _compare(before, fixed, (), bench, scope)
    return gate, (*runs, *more)


def _compare(
    before: Run, fixed: Path, selection: tuple[str, ...], bench: Bench, scope: str
) -> tuple[Gate, list[Run]]:
    after = bench.run_existing("fixed", fixed, selection)
    ran = {one.id for one in after.outcomes}
    if selection:  # of the head's tests only those that this run is about
        before = replace(before, outcomes=tuple(one for one in before.outcomes if one.id in ran))
    lost = tuple(one for one in pass_to_pass.regressed(before, after) if one in ran)
    if not lost or len(lost) > REPEATED or after.status is not RunStatus.EXITED:
        return pass_to_pass.judge(before, after, scope=scope), [after]
    again = bench.run_existing("fixed", fixed, lost)
    return pass_to_pass.judge(before, after, again, scope), [after, again]
