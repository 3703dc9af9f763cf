"""G13: tests written from the claim alone, by a call that has not seen the patch, pass with it too."""

from __future__ import annotations

from bot.gates import collects, green, passed, red_ids, refused
from bot.records import Gate, Reason, Run

GATE = "G13"


def judge(run: Run, ids: tuple[str, ...], on_head: Run | None = None) -> Gate:
    """Do the hidden tests pass with the patch? They need not be red on the head; how many are is told."""
    collected = collects.judge_one(run, ids)
    if not collected.passed:
        return refused(GATE, Reason.INCONCLUSIVE, f"The second test says nothing. {collected.detail}")
    verdict = green.judge(run, ids)
    if not verdict.passed:
        detail = f"A test that was written without sight of the patch breaks it. {verdict.detail}"
        return refused(GATE, Reason.BYPASSED, detail)
    seen = f"{len(ids)} test(s) written without sight of the patch pass with it"
    if on_head is None:
        return passed(GATE, f"{seen}.")
    red = len(red_ids(on_head, ids))
    return passed(GATE, f"{seen}; {red or 'none'} of them {'is' if red < 2 else 'are'} red on the head.")
