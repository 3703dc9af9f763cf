"""G4: red for the right reason, by whole traceback and lines reached."""

from __future__ import annotations

import pytest

from bot.gates.right_reason import Aim, join, judge, judge_reach
from bot.records import Declaration, Frame, Reason, Run, RunStatus, TestOutcome
from tests.unit.runs import IN_PRODUCT, IN_TEST, ONE, PATH, TWO, failed, passed, run

AIM = Aim("the finding's lines", ("shop/paths.py",), frozenset({("shop/paths.py", 3)}))
LIBRARY = Frame("/usr/lib/python3.11/re.py", 100, "match")
OTHER = Frame("shop/other.py", 7, "other")
RECURSION = Declaration("exception", "RecursionError")
TIMEOUT = Declaration("timeout", "2")


@pytest.mark.parametrize(
    ("outcome", "declared"),
    [
        (failed(), None),
        (failed(exception="Failed"), None),
        (failed(frames=(IN_TEST, IN_PRODUCT)), None),
        (failed(exception="RecursionError", frames=(IN_TEST, IN_PRODUCT, LIBRARY)), RECURSION),
        (
            failed(exception="RecursionError", frames=(IN_TEST, IN_PRODUCT)),
            Declaration("exception", "builtins.RecursionError"),
        ),
        (failed(), RECURSION),
        (failed(exception="Timeout"), TIMEOUT),
    ],
)
def test_legal_red(outcome: TestOutcome, declared: Declaration | None):
    """An assertion in our test, a declared exception through the product, a declared timeout."""
    assert judge(run(outcome, passed(TWO)), (ONE, TWO), PATH, declared, AIM).passed


@pytest.mark.parametrize(
    ("outcome", "declared", "reason"),
    [
        (failed(exception="ImportError"), None, Reason.WRONG_EXCEPTION),
        (
            failed(exception="ModuleNotFoundError"),
            Declaration("exception", "ModuleNotFoundError"),
            Reason.WRONG_EXCEPTION,
        ),
        (
            failed(exception="NameError", frames=(IN_TEST, IN_PRODUCT)),
            Declaration("exception", "NameError"),
            Reason.WRONG_EXCEPTION,
        ),
        (failed(exception="SyntaxError"), None, Reason.WRONG_EXCEPTION),
        (failed(exception="AttributeError"), None, Reason.WRONG_EXCEPTION),
        (failed(exception="RecursionError", frames=(IN_TEST, IN_PRODUCT)), None, Reason.WRONG_EXCEPTION),
        (failed(exception="KeyError", frames=(IN_TEST, IN_PRODUCT)), RECURSION, Reason.WRONG_EXCEPTION),
        (failed(exception="RecursionError", frames=(IN_TEST,)), RECURSION, Reason.NO_PRODUCT_FRAME),
        (failed(exception="RecursionError", frames=(IN_TEST, OTHER)), RECURSION, Reason.NO_PRODUCT_FRAME),
        (failed(exception="RecursionError", frames=(IN_TEST, LIBRARY)), RECURSION, Reason.NO_PRODUCT_FRAME),
        (failed(frames=(IN_PRODUCT,)), None, Reason.WRONG_EXCEPTION),
        (failed(exception="Timeout"), None, Reason.UNDECLARED_TIMEOUT),
        (failed(exception="Timeout"), RECURSION, Reason.UNDECLARED_TIMEOUT),
        (passed(), None, Reason.NOT_RED),
    ],
)
def test_wrong_red(outcome: TestOutcome, declared: Declaration | None, reason: Reason):
    """Red by anything else is refused with its reason."""
    assert judge(run(outcome), (ONE,), PATH, declared, AIM).reason is reason


def test_every_failing_new_test_has_to_be_right():
    """One good red does not cover for a wrong one."""
    seen = run(failed(ONE), failed(TWO, "NameError"))

    assert judge(seen, (ONE, TWO), PATH, None, AIM).reason is Reason.WRONG_EXCEPTION


def test_without_an_aim_any_product_frame_will_do():
    """Where neither finding nor patch names a file, an exception through some file of the tree is enough."""
    outcome = failed(exception="RecursionError", frames=(IN_TEST, OTHER))

    assert judge(run(outcome), (ONE,), PATH, RECURSION, Aim("the product")).passed


@pytest.mark.parametrize(
    ("traced", "aim", "passes"),
    [
        (run(failed(), executed=(("shop/paths.py", (2, 3)),)), AIM, True),
        (run(failed(), executed=(("shop/paths.py", (2, 9)),)), AIM, False),
        (run(failed(), executed=(("shop/other.py", (3,)),)), AIM, False),
        (run(failed()), AIM, False),
        (run(failed()), Aim("the changed functions", ("shop/paths.py",)), True),
        (run(status=RunStatus.LOST), AIM, False),
    ],
)
def test_reach(traced: Run, aim: Aim, passes: bool):
    """The red tests execute one of the lines in question, where there is a line to ask for."""
    reach = judge_reach(traced, aim)

    assert reach.passed is passes
    assert join(judge(run(failed()), (ONE,), PATH, None, aim), reach).passed is passes
