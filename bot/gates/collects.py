"""G2: the same new tests are collected on the head and with the patch, with no error around them."""

from __future__ import annotations

from bot.gates import how_it_ended, listed, outcomes_of, passed, refused
from bot.records import Declaration, Gate, Phase, Reason, Run, RunStatus, TestStatus

GATE = "G2"
PLACES = {"head": "on the head", "fixed": "with the patch"}


def judge_one(
    run: Run, ids: tuple[str, ...], declared: Declaration | None = None, usual: Run | None = None
) -> Gate:
    """Were the new tests `ids` collected in this run, at least one, and nothing broken around them?

    `usual` is a run of the same file without them: it has to have told which tests are not new.
    """
    place = PLACES[run.tree]
    if usual is not None and usual.status is not RunStatus.EXITED:
        detail = f"Which tests are new is unknown: the file as it stands on the head {how_it_ended(usual)}."
        return refused(GATE, Reason.INCONCLUSIVE, detail)
    if run.status is RunStatus.TIMEOUT and run.tree == "head" and _is_timeout(declared):
        return passed(GATE, f"The tests {place} ran until they were ended, as declared.")
    if run.status is RunStatus.TIMEOUT:
        detail = f"The tests {place} were ended after {run.seconds:.0f} s; if that is the defect, declare it."
        return refused(GATE, Reason.UNDECLARED_TIMEOUT, detail)
    if run.status is not RunStatus.EXITED:
        return refused(GATE, Reason.INCONCLUSIVE, f"The run of the tests {place} {how_it_ended(run)}.")
    return _collected(run, ids, place)


def _collected(run: Run, ids: tuple[str, ...], place: str) -> Gate:
    broken = [one for one in run.outcomes if one.status is TestStatus.ERROR and one.phase is Phase.COLLECT]
    if broken:
        first = broken[0]
        detail = f"{first.id} cannot be collected {place}: {first.exception} {first.message}".rstrip()
        return refused(GATE, Reason.COLLECTION_ERROR, detail)
    if not ids:
        return refused(GATE, Reason.NOTHING_COLLECTED, f"The runner collected no new test {place}.")
    return _without_errors(run, ids, place)


def _without_errors(run: Run, ids: tuple[str, ...], place: str) -> Gate:
    for one in outcomes_of(run, ids):
        if one.status is TestStatus.ERROR:
            detail = f"{one.id} broke in its {one.phase} {place}: {one.exception} {one.message}".rstrip()
            return refused(GATE, Reason.RED_OUTSIDE_CALL, detail)
    return passed(GATE, f"{len(ids)} new test(s) collected {place}: {listed(ids)}.")


def judge(head: Gate, fixed: Gate, head_ids: tuple[str, ...], fixed_ids: tuple[str, ...]) -> Gate:
    """Both sides as one answer; the ids have to be the same (a head that ran until it was ended has none)."""
    for gate in (head, fixed):
        if not gate.passed:
            return gate
    if head_ids and set(head_ids) != set(fixed_ids):
        differing = tuple(sorted(set(head_ids) ^ set(fixed_ids)))
        detail = f"The new tests are not the same on the head and with the patch: {listed(differing)}."
        return refused(GATE, Reason.COLLECTION_DIFFERS, detail)
    return passed(GATE, f"{len(fixed_ids)} new test(s) on the head and with the patch: {listed(fixed_ids)}.")


def _is_timeout(declared: Declaration | None) -> bool:
    return declared is not None and declared.kind == "timeout"
