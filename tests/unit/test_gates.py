"""G2, G3, G5 and G11, each in both directions."""

from __future__ import annotations

import pytest

from bot.gates import collects, green, red, sealed
from bot.records import Declaration, Phase, Reason, Run, RunStatus
from tests.unit.runs import ONE, PATH, TWO, broken, failed, passed, run, skipped

TIMEOUT = Declaration("timeout", "2")


def test_collected_on_both_sides():
    """The same ids on the head and with the patch hold G2."""
    head = collects.judge_one(run(failed(), passed(TWO)), (ONE, TWO))
    fixed = collects.judge_one(run(passed(), passed(TWO), tree="fixed"), (ONE, TWO))

    assert collects.judge(head, fixed, (ONE, TWO), (TWO, ONE)).passed


def test_other_ids_with_the_patch():
    """A test that is there on one side only is refused."""
    one = collects.judge_one(run(failed()), (ONE,))

    assert collects.judge(one, one, (ONE,), (ONE, TWO)).reason is Reason.COLLECTION_DIFFERS


@pytest.mark.parametrize(
    ("seen", "ids", "reason"),
    [
        (run(), (), Reason.NOTHING_COLLECTED),
        (run(broken(PATH, Phase.COLLECT)), (), Reason.COLLECTION_ERROR),
        (run(broken(ONE, Phase.SETUP)), (ONE,), Reason.RED_OUTSIDE_CALL),
        (run(broken(ONE, Phase.TEARDOWN)), (ONE,), Reason.RED_OUTSIDE_CALL),
        (run(status=RunStatus.TIMEOUT), (), Reason.UNDECLARED_TIMEOUT),
        (run(status=RunStatus.LOST), (), Reason.INCONCLUSIVE),
        (run(status=RunStatus.MEMORY), (), Reason.INCONCLUSIVE),
        (run(status=RunStatus.SANDBOX_ERROR), (), Reason.INCONCLUSIVE),
    ],
)
def test_not_collected(seen: Run, ids: tuple[str, ...], reason: Reason):
    """Nothing collected, an error around the tests, or a run without a verdict: each has its reason."""
    assert collects.judge_one(seen, ids).reason is reason


def test_a_declared_timeout_at_the_wall_is_collected():
    """A head that hangs until it is killed has no ids to tell, which a declared timeout allows there only."""
    assert collects.judge_one(run(status=RunStatus.TIMEOUT), (), TIMEOUT).passed
    fixed = run(status=RunStatus.TIMEOUT, tree="fixed")
    assert collects.judge_one(fixed, (), TIMEOUT).reason is Reason.UNDECLARED_TIMEOUT


def test_new_tests_have_to_be_told_from_old_ones():
    """Where the file's own tests did not run to their end, nobody knows which ids are new."""
    seen = run(failed())

    assert collects.judge_one(seen, (ONE,), usual=run(passed(TWO))).passed
    unknown = collects.judge_one(seen, (ONE,), usual=run(status=RunStatus.TIMEOUT))
    assert unknown.reason is Reason.INCONCLUSIVE


def test_red_needs_one_failure_in_the_call():
    """One failing test is enough, benign siblings may pass."""
    assert red.judge(run(failed(), passed(TWO)), (ONE, TWO)).passed


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (run(passed(), passed(TWO)), Reason.NOT_RED),
        (run(skipped()), Reason.NOT_RED),
        (run(broken()), Reason.RED_OUTSIDE_CALL),
        (run(failed("tests/test_other.py::test_x")), Reason.NOT_RED),
        (run(status=RunStatus.TIMEOUT), Reason.UNDECLARED_TIMEOUT),
        (run(status=RunStatus.LOST), Reason.INCONCLUSIVE),
    ],
)
def test_not_red(seen: Run, reason: Reason):
    """Passing, skipped, broken before the call, or another test's failure is no red."""
    assert red.judge(seen, (ONE, TWO)).reason is reason


def test_green_needs_every_new_test():
    """All the new tests pass."""
    assert green.judge(run(passed(), passed(TWO)), (ONE, TWO)).passed


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (run(passed(), failed(TWO)), Reason.NOT_GREEN),
        (run(passed(), skipped(TWO)), Reason.NOT_GREEN),
        (run(passed()), Reason.NOT_GREEN),
        (run(status=RunStatus.TIMEOUT), Reason.NOT_GREEN),
        (run(status=RunStatus.OUTPUT_LIMIT), Reason.INCONCLUSIVE),
    ],
)
def test_not_green(seen: Run, reason: Reason):
    """A failure, a skip, a missing test or a run without a verdict is no green."""
    assert green.judge(seen, (ONE, TWO)).reason is reason


def test_nothing_new_is_not_green():
    """No new test at all proves nothing."""
    assert green.judge(run(passed("tests/test_other.py::test_x")), ()).reason is Reason.NOTHING_COLLECTED


def test_sealed():
    """Quick tests that write nothing hold G11."""
    assert sealed.judge((run(failed()), run(passed())), (ONE,), None).passed


def test_a_test_that_writes_into_the_tree():
    """Writing into the repository is refused, unless the file's other tests do so anyway."""
    seen = (run(failed(), written=("report.txt",)),)

    assert sealed.judge(seen, (ONE,), None).reason is Reason.WROTE_TREE
    assert sealed.judge(seen, (ONE,), None, run(passed(TWO), written=("report.txt",))).passed


def test_slow_tests():
    """More than 5 s to pass needs a declared timeout; more than 60 s together is too slow in any case."""
    slow = (run(passed(seconds=8.0)),)
    red = (run(failed(seconds=8.0)),)
    endless = (run(failed(ONE, seconds=40.0), failed(TWO, seconds=40.0)),)

    assert sealed.judge(slow, (ONE,), None).reason is Reason.TOO_SLOW
    assert sealed.judge(slow, (ONE,), TIMEOUT).passed
    assert sealed.judge(red, (ONE,), None).passed  # slow by the defect, and ended after a while
    assert sealed.judge(endless, (ONE, TWO), TIMEOUT).reason is Reason.TOO_SLOW
