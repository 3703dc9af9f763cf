"""G3: at least one new test failed in its call phase on the head; the others may be benign siblings."""

from __future__ import annotations

from bot.gates import how_it_ended, listed, outcomes_of, passed, red_ids, refused
from bot.records import Declaration, Gate, Reason, Run, RunStatus, TestStatus

GATE = "G3"


def judge(run: Run, ids: tuple[str, ...], declared: Declaration | None = None) -> Gate:
    """Did a new test fail on the head?"""
    if run.status is RunStatus.TIMEOUT:
        if declared is not None and declared.kind == "timeout":
            return passed(GATE, f"The head ran until it was ended after {run.seconds:.0f} s.")
        detail = f"The tests on the head were ended after {run.seconds:.0f} s, and no timeout was declared."
        return refused(GATE, Reason.UNDECLARED_TIMEOUT, detail)
    if run.status is not RunStatus.EXITED:
        return refused(GATE, Reason.INCONCLUSIVE, f"The run on the head {how_it_ended(run)}.")
    if red := red_ids(run, ids):
        return passed(GATE, f"Failed on the head: {listed(red)}.")
    outside = tuple(one.id for one in outcomes_of(run, ids) if one.status is TestStatus.ERROR)
    if outside:
        detail = f"Broke on the head before or after the test itself: {listed(outside)}."
        return refused(GATE, Reason.RED_OUTSIDE_CALL, detail)
    detail = (
        f"No new test fails on the head ({listed(ids) or 'none was collected'}): it does not show the defect."
    )
    return refused(GATE, Reason.NOT_RED, detail)
