"""Watches a test on the head: is it in its place, red, and red for the right reason?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.gates import collects, not_run, placement, red_ids, right_reason
from bot.gates import red as red_gate
from bot.gates.right_reason import Aim
from bot.records import Declaration, Gate, Phase, RegressionTest, Run, RunStatus, TestStatus
from bot.regression.lab import LONGEST_TEST, ONE_TEST, QUICK, Bench, Side
from bot.regression.languages import Language
from bot.regression.trees import is_below, read_file, scratch_copy, write_file
from bot.sandbox import Limits


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen of a test on the head. `ids` are the new tests; () when the run was ended too early."""

    placed: Gate
    collected: Gate
    red: Gate
    reason: Gate
    ids: tuple[str, ...] = ()
    runs: tuple[Run, ...] = ()
    usual: Run | None = None  # the test's file as it stands on the head without the test

    @property
    def gates(self) -> tuple[Gate, ...]:
        return (self.placed, self.collected, self.red, self.reason)

    @property
    def is_right(self) -> bool:
        """Red on the head, for the right reason."""
        return all(gate.passed for gate in self.gates)


def watch(test: RegressionTest, head: Path, bench: Bench, aim: Aim) -> Watched:
    """Put the test into a copy of the head and run it; judge gates G1 to G4 as far as the head shows."""
    placed = placement.judge_test(place_of(test, head, bench.language))
    if not placed.passed:
        why = "the test is not where the project keeps tests"
        return Watched(placed, not_run("G2", why), not_run("G3", why), not_run("G4", why))
    usual = run_as_usual(test, head, bench)
    with with_test(test, head) as tree:
        run = run_test(test, "head", tree, bench, usual)
        ids = new_ids(run, usual)
        collected = collects.judge_one(run, ids, test.declared, usual)
        if not collected.passed:
            why = "the test was not collected on the head without an error"
            return Watched(placed, collected, not_run("G3", why), not_run("G4", why), ids, (run,), usual)
        red = red_gate.judge(run, ids, test.declared)
        if not red.passed:
            reason = not_run("G4", "no new test is red on the head")
            return Watched(placed, collected, red, reason, ids, (run,), usual)
        reason, runs = _judge_reason(test, run, ids, tree, bench, aim)
    return Watched(placed, collected, red, reason, ids, runs, usual)


def _judge_reason(
    test: RegressionTest, run: Run, ids: tuple[str, ...], tree: Path, bench: Bench, aim: Aim
) -> tuple[Gate, tuple[Run, ...]]:
    """Gate G4. The red tests run again, traced; tracing slows, so that run tells only the lines."""
    reason = right_reason.judge(run, ids, test.path, test.declared, aim)
    if not reason.passed or not aim.lines or run.status is RunStatus.TIMEOUT:
        return reason, (run,)
    limits = replace(QUICK, wall=2 * QUICK.wall, cpu=2 * QUICK.cpu)
    traced = bench.run(
        "head",
        tree,
        red_ids(run, ids),
        limits=limits,
        test_timeout=2 * seconds_for(test.declared),
        trace=aim.paths,
    )
    return right_reason.join(reason, right_reason.judge_reach(traced, aim)), (run, traced)


def place_of(test: RegressionTest, head: Path, language: Language) -> placement.TestFacts:
    """The facts that gate G1 asks of a test."""
    is_inside = is_below(head, test.path)
    before = read_file(head, test.path) if is_inside else None
    return placement.TestFacts(
        path=test.path,
        content=test.content,
        is_inside=is_inside,
        is_collected=is_inside and language.is_test_file(test.path, head),
        before=None if before is None else before.decode(errors="replace"),
    )


@contextmanager
def with_test(test: RegressionTest, tree: Path) -> Iterator[Path]:
    """A scratch copy of the tree that holds the test."""
    with scratch_copy(tree) as copy:
        write_file(copy, test.path, test.content)
        yield copy


def run_as_usual(test: RegressionTest, head: Path, bench: Bench) -> Run | None:
    """The run of the test's file as it stands on the head; None for a new file."""
    return bench.before(head, (test.path,)) if read_file(head, test.path) is not None else None


def run_test(test: RegressionTest, side: Side, tree: Path, bench: Bench, usual: Run | None) -> Run:
    """Run the test's whole file in a tree that holds it."""
    return bench.run(
        side, tree, (test.path,), limits=_limits(bench, usual), test_timeout=seconds_for(test.declared)
    )


def _limits(bench: Bench, usual: Run | None) -> Limits:
    """A file that holds the project's other tests too gets the time of these."""
    return QUICK if usual is None else bench.suite_limits


def seconds_for(declared: Declaration | None) -> float:
    """Seconds one test may take before it is ended: the declared ones, within reason, else a generous few."""
    if declared is None or declared.kind != "timeout":
        return ONE_TEST
    try:
        seconds = float(declared.value)
    except ValueError:  # a reviewer's word, not a number
        return ONE_TEST
    return min(seconds, LONGEST_TEST) if seconds > 0 else ONE_TEST


def new_ids(run: Run, usual: Run | None) -> tuple[str, ...]:
    """Ids of the tests that this run has and the head's own file has not; a file that broke is no test."""
    known = {one.id for one in usual.outcomes} if usual is not None else set()
    return tuple(
        one.id
        for one in run.outcomes
        if one.id not in known and not (one.status is TestStatus.ERROR and one.phase is Phase.COLLECT)
    )
