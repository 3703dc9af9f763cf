"""Asks for tests by someone who has not seen the patch, and runs them with it (gate G13)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from bot.errors import ReviewerError
from bot.gates import placement, second_test, skipped, static
from bot.gates.right_reason import Aim
from bot.gates.right_reason import judge as judge_reason
from bot.gates.static import Unit
from bot.records import Declined, Finding, Gate, RegressionTest, Run, TestStatus, Usage
from bot.regression.lab import Bench, Side, side_by_side
from bot.regression.trees import scratch_copy, write_file
from bot.regression.watch import new_ids, place_of, run_test
from bot.review.reviewers import Answer, Material, Reviewer, SecondOpinion

GATE = second_test.GATE
Second = Callable[[], Answer[RegressionTest]]


def second_of(author: Reviewer, finding: Finding, material: Material, bench: Bench) -> Second | None:
    """How to ask this reviewer for a second test; None when it writes none."""
    if not isinstance(author, SecondOpinion):
        return None
    place = bench.language.placement(finding, material.tree)
    return lambda: author.write_hidden_test(finding, material, place)


def ask_second(
    second: Second | None, head: Path, fixed: Path, bench: Bench, unit: Unit
) -> tuple[Gate, tuple[Run, ...], Usage, Declined | None]:
    """Gate G13, its runs, and what asking took. Skipped without an answer, and for a useless test."""
    if second is None:
        return skipped(GATE, "there is no model to write a second test"), (), Usage(), None
    try:
        answer = second()
    except ReviewerError as problem:
        return skipped(GATE, f"no second test could be had. {problem}"), (), Usage(), None
    test = answer.value
    if test is None:
        why = answer.reason or "the second test was declined"
        return skipped(GATE, why), (), answer.usage, answer.declined
    gate, runs = _try(test, head, fixed, bench, unit)
    return gate, runs, answer.usage, answer.declined


def _try(
    test: RegressionTest, head: Path, fixed: Path, bench: Bench, unit: Unit
) -> tuple[Gate, tuple[Run, ...]]:
    placed = placement.judge_test(place_of(test, head, bench.language))
    text = static.judge(test.path, bench.language.objections(test, head, unit, bench.python_path))
    for gate in (placed, text):
        if not gate.passed:
            return skipped(GATE, f"the second test cannot be used. {gate.detail}"), ()
    sides: tuple[tuple[Side, Path], ...] = (("fixed", fixed), ("head", head))
    with_patch, on_head = side_by_side([partial(_run, test, side, tree, bench) for side, tree in sides])
    return _judge(test, with_patch, on_head), (with_patch, on_head)


def _run(test: RegressionTest, side: Side, tree: Path, bench: Bench) -> Run:
    with scratch_copy(tree) as copy:
        write_file(copy, test.path, test.content)
        return run_test(test, side, copy, bench, None)


def _judge(test: RegressionTest, run: Run, on_head: Run) -> Gate:
    """A second test that fails by its own mistake says nothing of the patch."""
    ids = new_ids(run, None)
    gate = second_test.judge(run, ids, on_head)
    if gate.passed:
        return gate
    failed = any(one.status is TestStatus.FAILED for one in run.outcomes)
    legal = failed and judge_reason(run, ids, test.path, test.declared, Aim("the product")).passed
    return gate if legal else skipped(GATE, f"the second test does not fit the code. {gate.detail}")
