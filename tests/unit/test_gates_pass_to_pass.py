"""G10: existing tests, compared with the head."""

from __future__ import annotations

import pytest

from bot.gates.pass_to_pass import judge, judge_baseline
from bot.records import Phase, Reason, Run, RunStatus
from tests.unit.runs import broken, failed, passed, run, skipped

A, B, C = "tests/test_a.py::a", "tests/test_a.py::b", "tests/test_a.py::c"
BEFORE = run(passed(A), passed(B), failed(C))


def test_failures_of_the_head_are_listed_not_counted():
    """What failed before may fail on, and is named."""
    gate = judge(BEFORE, run(passed(A), passed(B), failed(C), tree="fixed"))

    assert gate.passed
    assert C in gate.detail


@pytest.mark.parametrize(
    "after",
    [run(passed(A), failed(B)), run(passed(A)), run(passed(A), skipped(B)), run(passed(A), broken(B))],
)
def test_a_test_that_fails_vanishes_or_is_skipped(after: Run):
    """A test that passed on the head has to pass still."""
    gate = judge(BEFORE, after)

    assert gate.reason is Reason.REGRESSED
    assert B in gate.detail


def test_a_flaky_test_is_told_from_a_regression():
    """What passes when repeated is named as such; what fails twice is a regression."""
    after = run(failed(A), failed(B))

    assert judge(BEFORE, after, again=run(passed(A), failed(B))).detail.count(A) == 0
    flaky = judge(BEFORE, after, again=run(passed(A), passed(B)))
    assert flaky.passed
    assert "Not steady" in flaky.detail


def test_a_test_that_the_head_itself_does_not_always_pass():
    """Its whole file, run on both sides, decides: what passes there on the head alone is a regression."""
    after, twice = run(failed(A), passed(B)), run(failed(A))
    fails = (run(failed(A), passed(B)), run(failed(A), passed(B)))
    breaks = (run(passed(A), passed(B)), run(failed(A), passed(B)))

    assert judge(BEFORE, after, twice, files=fails).passed
    assert judge(BEFORE, after, twice, files=breaks).reason is Reason.REGRESSED


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (RunStatus.TIMEOUT, Reason.REGRESSED),
        (RunStatus.LOST, Reason.INCONCLUSIVE),
        (RunStatus.MEMORY, Reason.INCONCLUSIVE),
    ],
)
def test_a_run_with_the_patch_that_has_no_verdict(status: RunStatus, reason: Reason):
    """A suite that ended on the head and hangs with the patch got worse; one that broke off says nothing."""
    assert judge(BEFORE, run(status=status, tree="fixed")).reason is reason


def test_a_baseline_to_compare_with_settles_nothing():
    """With one passing test there is something to compare."""
    assert judge_baseline(BEFORE) is None


@pytest.mark.parametrize("before", [run(), run(skipped(A))])
def test_no_existing_tests_has_its_own_label(before: Run):
    """A repository without tests that run is accepted, under its own label."""
    gate = judge_baseline(before)

    assert gate is not None
    assert gate.passed
    assert gate.skipped
    assert "no existing tests" in gate.detail


@pytest.mark.parametrize(
    "before",
    [
        run(broken("tests/test_a.py", Phase.COLLECT)),
        run(broken(A, exception="ModuleNotFoundError"), failed(B)),
        run(status=RunStatus.TIMEOUT),
        run(status=RunStatus.LOST),
    ],
)
def test_an_unknown_baseline_is_not_proven(before: Run):
    """Tests for which a module is missing, or that gave no result, leave nothing to compare with."""
    gate = judge_baseline(before)

    assert gate is not None
    assert gate.reason is Reason.BASELINE_UNKNOWN


@pytest.mark.parametrize("before", [run(failed(A)), run(broken(A, exception="ImproperlyConfigured"))])
def test_a_head_on_which_nothing_passes_has_nothing_to_break(before: Run):
    """Tests that fail on the head by themselves are listed and not counted: the label says so."""
    gate = judge_baseline(before)

    assert gate is not None
    assert gate.skipped
    assert "none of the head's 1 existing test(s) passes here" in gate.detail
    assert A in gate.detail


def test_the_error_of_a_broken_baseline_is_told():
    """The developer reads which file cannot be collected and why."""
    gate = judge_baseline(run(broken("tests/test_a.py", Phase.COLLECT)))

    assert gate is not None
    assert "tests/test_a.py: ImportError no module named x" in gate.detail
