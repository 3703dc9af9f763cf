"""G5: all the new tests pass with the patch."""

from __future__ import annotations

from bot.gates import how_it_ended, listed, outcomes_of, passed, refused
from bot.records import Gate, Reason, Run, RunStatus, TestStatus

GATE = "G5"


def judge(run: Run, ids: tuple[str, ...]) -> Gate:
    """Did every new test pass with the patch?"""
    if run.status is not RunStatus.EXITED:
        reason = Reason.NOT_GREEN if run.status is RunStatus.TIMEOUT else Reason.INCONCLUSIVE
        return refused(GATE, reason, f"The run with the patch {how_it_ended(run)}.")
    if not ids:
        return refused(GATE, Reason.NOTHING_COLLECTED, "No new test ran with the patch.")
    seen = {one.id: one for one in outcomes_of(run, ids)}
    not_green = tuple(i for i in ids if i not in seen or seen[i].status is not TestStatus.PASSED)
    if not not_green:
        return passed(GATE, f"{len(ids)} new test(s) pass with the patch.")
    first = seen.get(not_green[0])
    why = f" ({first.status}, {first.exception} {first.message})" if first else ""
    return refused(GATE, Reason.NOT_GREEN, f"Not green with the patch: {listed(not_green)}{why}.")
