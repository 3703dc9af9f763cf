"""Step 3: finding → regression test that was seen red on the head for the right reason."""

from __future__ import annotations

from bot.gates import how_it_ended
from bot.records import Finding, Gate, RegressionTest, Reproduction, Run, RunStatus, Usage
from bot.regression.aim import aim_at_finding
from bot.regression.lab import Bench
from bot.regression.unit import unit_of_finding
from bot.regression.watch import Watched, watch
from bot.review.reviewers import Feedback, Material, Reviewer

ROUNDS = 5


def reproduce(finding: Finding, material: Material, reviewer: Reviewer, bench: Bench) -> Reproduction:
    """Have the reviewer write a test until one is red for the right reason, five times at most.

    A finding that somebody doubts, with the guard in hand, gets one attempt: a red run outvotes the doubt.

    The gates are those of the last attempt, the runs and the use those of all. Without a test the answer says
    why.
    """
    place = bench.language.placement(finding, material.tree)
    aim = aim_at_finding(finding, material.tree)
    unit = unit_of_finding(finding, material.tree)
    feedback: tuple[Feedback, ...] = ()
    gates: tuple[Gate, ...] = ()
    runs: tuple[Run, ...] = ()
    usage = Usage()
    tried: set[RegressionTest] = set()
    rounds = 1 if finding.doubt else ROUNDS
    reason = f"{rounds} tests were written, and none is red on the head for the right reason"
    for _ in range(rounds):
        answer = reviewer.write_test(finding, material, place, feedback)
        usage += answer.usage
        test = answer.value
        if test is None:
            return Reproduction(None, gates, runs, usage, answer.declined, answer.reason)
        if test in tried:
            reason = "the test was written again as it was, and it is not red for the right reason"
            break
        tried.add(test)
        seen = watch(test, material.tree, bench, aim, unit, is_ours=True)
        gates, runs = seen.gates, runs + seen.runs
        usage += Usage(sandbox_seconds=sum(run.seconds for run in seen.runs))
        if seen.is_right:
            return Reproduction(test, gates, runs, usage)
        if (cause := _not_the_authors(seen)) is not None:
            return Reproduction(None, gates, runs, usage, reason=cause)
        feedback += (_feedback(test, seen),)
    return Reproduction(None, gates, runs, usage, reason=reason)


def _not_the_authors(seen: Watched) -> str | None:
    """Why to stop: a run gave no result through no fault of the test; the author could only guess."""
    if seen.usual is not None and seen.usual.status is not RunStatus.EXITED:
        return f"the run of the test's file as it stands {how_it_ended(seen.usual)}"
    silent = [run for run in seen.runs if run.status in {RunStatus.SANDBOX_ERROR, RunStatus.LOST}]
    return f"a run of the tests {how_it_ended(silent[0])}" if silent else None


def _feedback(test: RegressionTest, seen: Watched) -> Feedback:
    failed = tuple(gate for gate in seen.gates if not gate.passed)
    return Feedback(test, failed, seen.runs[0].output if seen.runs else "")
