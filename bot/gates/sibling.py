"""G6: beside the red test there is one with benign input that passes on the head and with the patch.

It shows that the patch does not refuse everything, and that the tests can pass on the head at all.
"""

from __future__ import annotations

from bot.gates import listed, outcomes_of, passed, red_ids, refused
from bot.records import Gate, Reason, Run, RunStatus, TestStatus

GATE = "G6"


def siblings(head: Run, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the new tests that passed on the head."""
    return tuple(one.id for one in outcomes_of(head, ids) if one.status is TestStatus.PASSED)


def judge_head(head: Run, ids: tuple[str, ...]) -> Gate:
    """What the head alone can tell: is there a benign case?

    A head that hung until it was ended tells nothing of single tests; then the patched side has to.
    """
    if head.status is RunStatus.TIMEOUT:
        return passed(GATE, "The head ran until it was ended, so its benign cases are looked for alone.")
    if found := siblings(head, ids):
        return passed(GATE, f"Passed on the head: {listed(found)}.")
    detail = (
        f"No new test passes on the head ({listed(red_ids(head, ids)) or 'none ran'}). Add one that gives "
        "the same code an ordinary input: it shows that ordinary use works before and after."
    )
    return refused(GATE, Reason.NO_SIBLING, detail)


def judge(head: Run, fixed: Run, ids: tuple[str, ...], alone: Run | None = None) -> Gate:
    """Does a new test pass on both sides? `alone` is a run of the benign cases on a head that hangs."""
    there = judge_head(alone or head, ids)
    if not there.passed:
        return there
    before = siblings(alone or head, ids)
    both = tuple(one for one in before if one in siblings(fixed, ids))
    if both:
        return passed(GATE, f"Passed on the head and with the patch: {listed(both)}.")
    detail = (
        f"The benign cases do not pass with the patch ({listed(before) or 'there are none'}): it refuses "
        "more than the defect."
    )
    return refused(GATE, Reason.NO_SIBLING, detail)
