"""G13: tests written from the claim alone, by a call that has not seen the patch, pass with it too."""

from __future__ import annotations

from bot.gates import collects, green, passed, refused
from bot.records import Gate, Reason, Run

GATE = "G13"


def judge(run: Run, ids: tuple[str, ...]) -> Gate:
    """Do the hidden tests pass with the patch? They need not be red on the head."""
    collected = collects.judge_one(run, ids)
    if not collected.passed:
        return refused(GATE, Reason.INCONCLUSIVE, f"The second test says nothing. {collected.detail}")
    verdict = green.judge(run, ids)
    if not verdict.passed:
        detail = f"A test that was written without sight of the patch breaks it. {verdict.detail}"
        return refused(GATE, Reason.BYPASSED, detail)
    return passed(GATE, f"{len(ids)} test(s) written without sight of the patch pass with it.")
