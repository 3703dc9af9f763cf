"""Watches a test on the head: is it in its place, red for the right reason, and no more than that?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.gates import at_home, collects, not_run, placement, red_ids, right_reason, static, vacuous
from bot.gates import red as red_gate
from bot.gates import sibling as sibling_gate
from bot.gates.right_reason import Aim
from bot.gates.static import Unit
from bot.records import Declaration, Gate, Phase, RegressionTest, Run, RunStatus, TestStatus
from bot.regression.lab import LONGEST_TEST, ONE_TEST, QUICK, Bench, Side, side_by_side
from bot.regression.languages import PLAIN, Conditions, Language
from bot.regression.steady import function_of
from bot.regression.trees import is_below, read_file, scratch_copy, write_file
from bot.regression.unit import function_lines
from bot.sandbox import Limits


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen of a test on the head. `ids` are the new tests; () when the run was ended too early."""

    text: Gate
    placed: Gate
    collected: Gate
    red: Gate
    reason: Gate
    sibling: Gate
    way: Gate
    form: Gate
    ids: tuple[str, ...] = ()
    runs: tuple[Run, ...] = ()
    usual: Run | None = None  # the test's file as it stands on the head without the test

    @property
    def gates(self) -> tuple[Gate, ...]:
        """All that the head alone decides."""
        return (*self.red_gates, self.sibling, self.way, self.form)

    @property
    def red_gates(self) -> tuple[Gate, ...]:
        """Those that make it a reproduction: red, and for the right reason."""
        return (self.text, self.placed, self.collected, self.red, self.reason)

    @property
    def is_right(self) -> bool:
        """Red on the head, for the right reason, and all else as it should be."""
        return all(gate.passed for gate in self.gates)


def watch(
    test: RegressionTest, head: Path, bench: Bench, aim: Aim, unit: Unit, *, is_ours: bool = False
) -> Watched:
    """Put the test into a copy of the head and run it; judge the gates as far as the head shows.

    With `is_ours` the test's form counts (G14), and a text or form that does not do costs no run.
    """
    objections = bench.language.objections(test, head, unit, bench.python_path)
    looked = _Looked(
        static.judge(test.path, objections),
        placement.judge_test(place_of(test, head, bench.language)),
        at_home.judge(bench.language.form_of(test, head), is_binding=is_ours),
    )
    if not looked.placed.passed:
        return looked.without_runs("the test is not where the project keeps tests")
    if is_ours and not looked.text.passed:
        return looked.without_runs("the test's text would make its runs worthless")
    if is_ours and not looked.form.passed:
        return looked.without_runs("the test does not have the project's form")
    return _run(test, head, bench, aim, looked)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is decided before anything runs."""

    text: Gate
    placed: Gate
    form: Gate

    def without_runs(self, why: str) -> Watched:
        return self.after((), why, (), _Runs((), None))

    def after(self, gates: tuple[Gate, ...], why: str, ids: tuple[str, ...], runs: _Runs) -> Watched:
        """These gates, from G2 on, and the rest not run."""
        rest = [not_run(gate, why) for gate in ("G2", "G3", "G4", "G6", "G7")[len(gates) :]]
        collected, red, reason, sibling, way = (*gates, *rest)
        seen = (collected, red, reason, sibling, way)
        return Watched(self.text, self.placed, *seen, self.form, ids, runs.made, runs.usual)


@dataclass(frozen=True, slots=True)
class _Runs:
    made: tuple[Run, ...]
    usual: Run | None


def _run(test: RegressionTest, head: Path, bench: Bench, aim: Aim, looked: _Looked) -> Watched:
    usual = run_as_usual(test, head, bench)
    with with_test(test, head) as tree:
        run = run_test(test, "head", tree, bench, usual)
        runs = _Runs((run,), usual)
        ids = new_ids(run, usual)
        collected = collects.judge_one(run, ids, test.declared, usual)
        if not collected.passed:
            why = "the test was not collected on the head without an error"
            return looked.after((collected,), why, ids, runs)
        red = red_gate.judge(run, ids, test.declared)
        if not red.passed:
            return looked.after((collected, red), "no new test is red on the head", ids, runs)
        reason = right_reason.judge(run, ids, test.path, test.declared, aim)
        sibling = sibling_gate.judge_head(run, ids)
        if not reason.passed or run.status is RunStatus.TIMEOUT:
            way = vacuous.judge(None, None, aim, {}) if reason.passed else not_run("G7", "G4 failed")
            return looked.after((collected, red, reason, sibling, way), "", ids, runs)
        reach, way, traced = _follow(test, run, ids, tree, bench, aim)
    gates = (collected, red, right_reason.join(reason, reach), sibling, way)
    return looked.after(gates, "", ids, _Runs((run, *traced), usual))


def _follow(
    test: RegressionTest, run: Run, ids: tuple[str, ...], tree: Path, bench: Bench, aim: Aim
) -> tuple[Gate, Gate, tuple[Run, ...]]:
    """The second half of gate G4, and G7. Red and benign tests run again, apart and traced.

    Tracing slows, so these runs tell only the lines.
    """
    if not aim.paths:
        reach = right_reason.judge_reach(run, aim)
        return reach, vacuous.judge(run, run, aim, {}), ()
    benign = sibling_gate.siblings(run, ids)
    limits = replace(QUICK, wall=2 * QUICK.wall, cpu=2 * QUICK.cpu)

    def trace(selection: tuple[str, ...]) -> Callable[[], Run]:
        seconds = 2 * seconds_for(test.declared)
        return lambda: bench.run(
            "head", tree, selection, limits=limits, test_timeout=seconds, trace=aim.paths
        )

    traced = side_by_side([trace(one) for one in (red_ids(run, ids), benign) if one])
    if any(one.status is RunStatus.LOST for one in traced):  # ids that are others in every run
        functions = [tuple(dict.fromkeys(map(function_of, one))) for one in (red_ids(run, ids), benign)]
        traced = side_by_side([trace(one) for one in functions if one])
    reach = right_reason.judge_reach(traced[0], aim)
    if not benign:
        return reach, not_run("G7", "there is no benign case (G6)"), traced
    return reach, vacuous.judge(traced[0], traced[1], aim, function_lines(tree, aim.paths)), traced


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


def run_test(
    test: RegressionTest,
    side: Side,
    tree: Path,
    bench: Bench,
    usual: Run | None,
    conditions: Conditions = PLAIN,
    selection: tuple[str, ...] = (),
) -> Run:
    """Run the test's whole file in a tree that holds it, or the selected tests of it."""
    return bench.run(
        side,
        tree,
        selection or (test.path,),
        limits=_limits(bench, usual),
        test_timeout=seconds_for(test.declared),
        new_test=test.path,
        conditions=conditions,
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
