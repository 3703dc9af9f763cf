"""What is said of a change: a failure or a gap never ends as clean, and nothing is lost."""

from __future__ import annotations

import pytest

from bot.conclude import Case, conclude, failed, untried
from bot.errors import EnvironmentUnavailable, ForgeError, SandboxUnavailable
from bot.records import (
    Answer,
    Conclusion,
    Declined,
    FixAttempt,
    Gate,
    KeptTest,
    NotReviewed,
    Patch,
    Proof,
    Reason,
    Rechecked,
    RegressionTest,
    Reproduction,
    Review,
    Run,
    RunStatus,
    Severity,
    Usage,
    Verdict,
)
from tests.fakes.records import a_change, a_finding

TEST = RegressionTest("tests/test_x.py", "def test_x(): ...")
PATCH = Patch("diff")
RAN = Run("head", ("pytest",), RunStatus.EXITED, 0, 1.0)
RED = Reproduction(TEST, usage=Usage(model_calls=1))
GREEN = FixAttempt(PATCH, usage=Usage(model_calls=2))


def test_nothing_found_in_everything_is_clean():
    """A change whose hunks were all reviewed without a finding is clean."""
    assert conclude(a_change(), Review(), ()).conclusion is Conclusion.CLEAN


@pytest.mark.parametrize(
    "review",
    [
        Review(not_reviewed=(NotReviewed("a.js", "no reviewer"),)),
        Review(declined=(Declined("review", "a-model", "cyber", ("a.py:1",)),)),
    ],
)
def test_a_gap_is_incomplete(review: Review):
    """What nobody reviewed, and what a model declined, keeps a change from being clean."""
    assert conclude(a_change(), review, ()).conclusion is Conclusion.INCOMPLETE


def test_what_nobody_would_review_is_no_gap():
    """A lockfile or an image is named, and does not make a review incomplete."""
    review = Review(not_reviewed=(NotReviewed("uv.lock", "a lockfile", in_scope=False),))

    outcome = conclude(a_change(), review, ())

    assert outcome.conclusion is Conclusion.CLEAN
    assert outcome.not_reviewed == review.not_reviewed


def test_a_proven_finding_carries_test_and_patch():
    """A proven finding keeps all that was made for it, and what was spent is summed."""
    case = Case(a_finding(), RED, GREEN, Proof(Verdict.PROVEN))

    outcome = conclude(a_change(), Review(usage=Usage(model_calls=4)), (case,))

    assert outcome.conclusion is Conclusion.FINDINGS
    assert (outcome.examined[0].test, outcome.examined[0].patch) == (TEST, PATCH)
    assert outcome.usage.model_calls == 7


def test_red_without_a_fix_is_reproduced():
    """A test that is red for the right reason stands, fix or not."""
    case = Case(a_finding(), RED, FixAttempt(None, reason="no sound fix"))

    outcome = conclude(a_change(), Review(), (case,))

    assert outcome.conclusion is Conclusion.FINDINGS
    assert outcome.examined[0].verdict is Verdict.REPRODUCED


def test_a_claim_that_no_run_confirmed_is_dropped_with_what_was_seen():
    """A tried and unconfirmed claim is not shown, and is not lost either."""
    gate = Gate("G3", passed=False, detail="every test passed on the head", reason=Reason.NOT_RED)
    case = Case(a_finding(), Reproduction(None, (gate,), (RAN,), reason="gave up after 5 rounds"))

    outcome = conclude(a_change(), Review(), (case,))

    assert outcome.examined == ()
    assert outcome.conclusion is Conclusion.CLEAN
    assert outcome.dropped[0].stage == "reproduce"
    assert "every test passed on the head" in outcome.dropped[0].reason


@pytest.mark.parametrize("problem", [EnvironmentUnavailable("no wheel of x"), SandboxUnavailable("no bwrap")])
def test_a_claim_that_could_not_be_tried_is_unproven_and_incomplete(
    problem: EnvironmentUnavailable | SandboxUnavailable,
):
    """Where no code can be run, the claim is kept as unproven and the review is not clean."""
    outcome = conclude(a_change(), Review(), (untried(a_finding(), problem),))

    assert outcome.conclusion is Conclusion.INCOMPLETE
    assert outcome.examined[0].verdict is Verdict.UNPROVEN
    assert str(problem) in outcome.examined[0].proof.gates[0].detail


def test_a_contradicting_proof_drops_the_finding():
    """When the prover, which knows only head, patch and test, sees no red, the finding is dropped."""
    proof = Proof(Verdict.UNPROVEN, (Gate("G3", passed=False, detail="not red", reason=Reason.NOT_RED),))

    outcome = conclude(a_change(), Review(), (Case(a_finding(), RED, GREEN, proof),))

    assert outcome.dropped[0].stage == "prove"


def test_a_proof_whose_runs_said_nothing_drops_nothing():
    """What was red before and gave no result when it was run again is no clean review."""
    gate = Gate("G2", passed=False, detail="the run was lost", reason=Reason.INCONCLUSIVE)

    outcome = conclude(
        a_change(), Review(), (Case(a_finding(), RED, GREEN, Proof(Verdict.UNPROVEN, (gate,))),)
    )

    assert outcome.conclusion is Conclusion.INCOMPLETE
    assert outcome.examined[0].verdict is Verdict.UNPROVEN
    assert outcome.dropped == ()


def test_a_refused_test_leaves_the_claim_unproven():
    """A model that declines to write the test is named, and its claim is kept as unproven."""
    refusal = Declined("test", "a-model", "cyber")
    case = Case(a_finding(), Reproduction(None, declined=refusal))

    outcome = conclude(a_change(), Review(), (case,))

    assert outcome.declined == (refusal,)
    assert outcome.conclusion is Conclusion.INCOMPLETE
    assert outcome.examined[0].verdict is Verdict.UNPROVEN


def test_the_worst_comes_first():
    """Findings are in the order of severity, then of place."""
    cases = tuple(
        Case(a_finding(severity=severity, path=path), RED, GREEN, Proof(Verdict.PROVEN))
        for severity, path in [(Severity.LOW, "a"), (Severity.CRITICAL, "c"), (Severity.CRITICAL, "b")]
    )

    outcome = conclude(a_change(), Review(), cases)

    assert [one.finding.path for one in outcome.examined] == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("answer", "conclusion"), [(Answer.FIXED, Conclusion.CLEAN), (Answer.UNKNOWN, Conclusion.INCOMPLETE)]
)
def test_a_kept_test_without_an_answer_is_not_clean(answer: Answer, conclusion: Conclusion):
    """One that passes is told and leaves nothing open; beside an untried claim of the same it is not told."""
    again = (Rechecked(KeptTest(a_finding(), TEST, ()), answer, "It broke."),)
    claim = untried(a_finding(), EnvironmentUnavailable("no index"))

    outcome = conclude(a_change(), Review(), (), rechecked=again)
    beside = conclude(a_change(), Review(), (claim,), rechecked=again)

    assert (outcome.conclusion, outcome.left_open) == (conclusion, answer is Answer.UNKNOWN)
    assert outcome.rechecked == again
    assert (beside.conclusion, beside.rechecked) == (Conclusion.INCOMPLETE, ())


def test_a_failure_says_why():
    """A job that broke off ends as failed, in the error's own words."""
    outcome = failed(a_change(), ForgeError("The branch is gone."))

    assert outcome.conclusion is Conclusion.FAILED
    assert outcome.failure == "The branch is gone."


def test_an_inconclusive_run_refutes_nothing():
    """When the last test's run gave no verdict, the claim is kept as unproven and the review is not clean."""
    gate = Gate("G2", passed=False, detail="the run was lost", reason=Reason.INCONCLUSIVE)
    case = Case(a_finding(), Reproduction(None, (gate,), reason="no verdict"))

    outcome = conclude(a_change(), Review(), (case,))

    assert outcome.conclusion is Conclusion.INCOMPLETE
    assert outcome.examined[0].verdict is Verdict.UNPROVEN


def test_a_claim_for_which_no_test_was_written_is_unproven():
    """Nothing was run, so nothing was refuted: the claim stands as unproven, with the author's reason."""
    case = Case(a_finding(), Reproduction(None, reason="a test cannot tell what stands around the input"))

    outcome = conclude(a_change(), Review(), (case,))

    assert outcome.conclusion is Conclusion.INCOMPLETE
    assert outcome.examined[0].verdict is Verdict.UNPROVEN
    assert outcome.examined[0].proof.gates[0].detail == "a test cannot tell what stands around the input"


def test_tests_that_were_refused_before_a_run_refute_nothing():
    """A test that was never run says nothing about the code."""
    gate = Gate("G1", passed=False, detail="the test is skipped", reason=Reason.SKIPS)
    case = Case(a_finding(), Reproduction(None, (gate,), reason="gave up after 5 rounds"))

    outcome = conclude(a_change(), Review(), (case,))

    assert outcome.examined[0].proof.gates == (gate,)
    assert outcome.conclusion is Conclusion.INCOMPLETE
