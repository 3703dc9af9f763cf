"""Step 3: finding → regression test that was seen red on the head for the right reason."""

from __future__ import annotations

from bot.records import Finding, Gate, RegressionTest, Reproduction, Run, Usage
from bot.regression.aim import aim_at_finding
from bot.regression.lab import Bench
from bot.regression.watch import Watched, watch
from bot.review.reviewers import Feedback, Material, Reviewer

ROUNDS = 5


def reproduce(finding: Finding, material: Material, reviewer: Reviewer, bench: Bench) -> Reproduction:
    """Have the reviewer write a test until one is red for the right reason, five times at most.

    The gates are those of the last attempt, the runs and the use those of all. Without a test the answer says
    why.
    """
    place = bench.language.placement(finding, material.tree)
    aim = aim_at_finding(finding, material.tree)
    feedback: tuple[Feedback, ...] = ()
    gates: tuple[Gate, ...] = ()
    runs: tuple[Run, ...] = ()
    usage = Usage()
    tried: set[RegressionTest] = set()
    reason = f"{ROUNDS} tests were written, and none is red on the head for the right reason"
    for _ in range(ROUNDS):
        answer = reviewer.write_test(finding, material, place, feedback)
        usage += answer.usage
        test = answer.value
        if test is None:
            return Reproduction(None, gates, runs, usage, answer.declined, answer.reason)
        if test in tried:
            reason = "the test was written again as it was, and it is not red for the right reason"
            break
        tried.add(test)
        seen = watch(test, material.tree, bench, aim)
        gates, runs = seen.gates, runs + seen.runs
        usage += Usage(sandbox_seconds=sum(run.seconds for run in seen.runs))
        if seen.is_right:
            return Reproduction(test, gates, runs, usage)
        feedback += (_feedback(test, seen),)
    return Reproduction(None, gates, runs, usage, reason=reason)


def _feedback(test: RegressionTest, seen: Watched) -> Feedback:
    failed = tuple(gate for gate in seen.gates if not gate.passed)
    return Feedback(test, failed, seen.runs[0].output if seen.runs else "")
