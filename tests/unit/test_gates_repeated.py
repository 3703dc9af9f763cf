"""The gates over many runs: siblings, ways, hunks, repeats, hidden traces, second tests, form."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.gates import at_home, deterministic, independent, needed, second_test, sibling, vacuous
from bot.gates.at_home import Style
from bot.gates.needed import Tried
from bot.gates.right_reason import Aim
from bot.records import Declaration, Reason, RunStatus
from tests.unit.runs import IN_TEST, ONE, TWO, broken, failed, passed, run

IDS = (ONE, TWO)
SOURCE = "shop/paths.py"
AIM = Aim("the lines", (SOURCE,), frozenset({(SOURCE, 3)}))
FUNCTIONS = {(SOURCE, line): "page" if line < 5 else "title" for line in range(2, 9)}
HEAD = run(failed(), passed(TWO))
FIXED = run(passed(), passed(TWO), tree="fixed")


def test_a_sibling_passes_on_both_sides():
    """One new test that passes on the head and with the patch is enough."""
    assert sibling.judge_head(HEAD, IDS).passed
    assert sibling.judge(HEAD, FIXED, IDS).passed


def test_no_sibling():
    """None passes on the head; or the one that did fails with the patch, which refuses too much."""
    alone = sibling.judge_head(run(failed()), (ONE,))
    blocked = sibling.judge(HEAD, run(passed(), failed(TWO), tree="fixed"), IDS)

    assert alone.reason is blocked.reason is Reason.NO_SIBLING
    assert "refuses more than the defect" in blocked.detail


def test_the_siblings_way():
    """Both run through the same function; a sibling that runs another one shows nothing."""
    red = run(failed(), executed=((SOURCE, (2, 3)),))
    same = run(passed(TWO), executed=((SOURCE, (2,)),))
    other = run(passed(TWO), executed=((SOURCE, (6,)),))

    assert vacuous.judge(red, same, AIM, FUNCTIONS).passed
    assert vacuous.judge(red, other, AIM, FUNCTIONS).reason is Reason.SIBLING_ELSEWHERE
    assert vacuous.judge(red, None, AIM, FUNCTIONS).reason is Reason.INCONCLUSIVE
    assert vacuous.judge(None, None, AIM, {}).passed


def test_a_hunk_is_missed():
    """By a test that fails, breaks, is gone or hangs without it; a lost run tells nothing."""
    assert needed.without(run(failed(), passed(TWO), tree="fixed"), IDS)
    assert needed.without(run(broken(), passed(TWO), tree="fixed"), IDS)
    assert needed.without(run(passed(TWO), tree="fixed"), IDS)
    assert needed.without(run(tree="fixed", status=RunStatus.TIMEOUT), IDS)
    assert needed.without(FIXED, IDS) is False
    assert needed.without(run(status=RunStatus.LOST), IDS) is None


def test_a_hunk_helps_alone():
    """It turns a red test green all by itself."""
    assert needed.alone(run(passed()), (ONE,))
    assert needed.alone(run(failed()), (ONE,)) is False


def test_idle_hunks():
    """One idle hunk refuses the patch; neutral ones are free."""
    good, neutral = Tried("a.py:1", has_part=True), Tried("a.py:9", is_neutral=True)

    assert needed.judge((good, neutral)).passed
    assert needed.judge((good, Tried("b.py:4"))).reason is Reason.HUNK_NOT_NEEDED
    assert needed.judge((good, Tried("b.py:4", unknown="lost"))).reason is Reason.INCONCLUSIVE


def test_repeats_that_agree():
    """The same every time; a repeat of one test alone is a repeat."""
    repeats = (HEAD, FIXED, run(failed()), run(passed(), tree="fixed"))

    gate = deterministic.judge((HEAD, FIXED), repeats, IDS)

    assert gate.passed
    assert "3 times red on the head and 3 times green" in gate.detail


@pytest.mark.parametrize(
    ("repeat", "reason"),
    [
        (run(passed(), passed(TWO)), Reason.FLAKY),
        (run(failed(), passed(TWO), tree="fixed"), Reason.FLAKY),
        (run(tree="fixed"), Reason.FLAKY),
        (run(status=RunStatus.TIMEOUT), Reason.FLAKY),
        (run(status=RunStatus.LOST), Reason.INCONCLUSIVE),
    ],
)
def test_repeats_that_do_not(repeat: object, reason: Reason):
    """Another outcome, no outcome, a hang or a lost run."""
    assert deterministic.judge((HEAD, FIXED), (repeat,), IDS).reason is reason  # type: ignore[arg-type]  # a run


def test_a_declared_hang_may_hang_again():
    """A head that hangs, as was declared, may do so every time."""
    hangs = run(status=RunStatus.TIMEOUT)

    gate = deterministic.judge((hangs, FIXED), (hangs, FIXED), IDS, Declaration("timeout", "2"))

    assert gate.passed


def test_hidden_traces():
    """The same outcomes, or the code knows its runner."""
    fooled = run(failed(), passed(TWO), tree="fixed")

    assert independent.judge(((HEAD, HEAD), (FIXED, FIXED)), IDS).passed
    assert independent.judge(((FIXED, fooled),), IDS).reason is Reason.KNOWS_RUNNER
    assert independent.judge(((FIXED, run(status=RunStatus.LOST)),), IDS).reason is Reason.INCONCLUSIVE


def test_second_tests():
    """They pass with the patch, or it is bypassed."""
    bypassed = run(failed(frames=(IN_TEST,)), passed(TWO), tree="fixed")

    assert second_test.judge(FIXED, IDS).passed
    assert "none of them is red on the head" in second_test.judge(FIXED, IDS, FIXED).detail
    assert "1 of them is red on the head" in second_test.judge(FIXED, IDS, HEAD).detail
    assert second_test.judge(bypassed, IDS).reason is Reason.BYPASSED


def test_form():
    """Binding for our own tests, advice for those of others."""
    good = Style(longest=12, states_guarantee=True)
    long = replace(good, longest=at_home.LONGEST + 1)

    assert at_home.judge(good, is_binding=True).passed
    assert at_home.judge(long, is_binding=True).reason is Reason.NOT_AT_HOME
    assert at_home.judge(long, is_binding=False).passed
    assert "docstring" in at_home.judge(Style(), is_binding=False).detail
