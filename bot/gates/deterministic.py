"""G9: the tests are as red and as green every time, with other hash seeds, orders and dates, alone or not."""

from __future__ import annotations

from bot.gates import listed, passed, refused, statuses_of
from bot.records import Declaration, Gate, Reason, Run, RunStatus

GATE = "G9"
SIDES = {"head": "on the head", "fixed": "with the patch"}


def judge(
    first: tuple[Run, Run],
    repeats: tuple[Run, ...],
    ids: tuple[str, ...],
    declared: Declaration | None = None,
) -> Gate:
    """Compare repeats on both sides with the `first` runs on head and with the patch.

    A repeat may hold fewer tests than the first run did: each that it holds has to end as it did at first.
    """
    expected = {run.tree: statuses_of(run, ids) for run in first}
    for run in repeats:
        side, how = SIDES[run.tree], f" ({run.conditions})" if run.conditions else ""
        if run.status is RunStatus.TIMEOUT and _may_hang(run, first, declared):
            continue
        if run.status is RunStatus.TIMEOUT:
            detail = f"A repeat {side} was ended after {run.seconds:.0f} s{how}."
            return refused(GATE, Reason.FLAKY, detail)
        if run.status is not RunStatus.EXITED:
            return refused(GATE, Reason.INCONCLUSIVE, f"A repeat {side} gave no result: {run.status}{how}.")
        seen = statuses_of(run, ids)
        if _may_hang(run, first, declared):
            continue
        changed = tuple(one for one, status in seen.items() if expected[run.tree].get(one) is not status)
        if changed or not seen:
            what = listed(changed) or "no new test ran"
            return refused(GATE, Reason.FLAKY, f"Not the same when repeated {side}{how}: {what}.")
    return passed(GATE, _counted(first, repeats))


def _may_hang(run: Run, first: tuple[Run, Run], declared: Declaration | None) -> bool:
    is_timed = declared is not None and declared.kind == "timeout"
    return is_timed and run.tree == "head" and first[0].status is RunStatus.TIMEOUT


def _counted(first: tuple[Run, Run], repeats: tuple[Run, ...]) -> str:
    count = {side: sum(run.tree == side for run in (*first, *repeats)) for side in SIDES}
    return (
        f"{count['head']} times red on the head and {count['fixed']} times green with the patch: other hash "
        "seeds, orders, dates and time zones, and without their neighbours."
    )
