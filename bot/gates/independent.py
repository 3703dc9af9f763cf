"""G12: run anew with the test runner's traces hidden, the tests are as red and as green as before.

Code that looks for the runner (its variable, its modules, its command line, its frames) and behaves itself
when it finds it is found out here. What cannot be hidden is said in SECURITY.md.
"""

from __future__ import annotations

from bot.gates import SHOWN, listed, passed, refused, statuses_of
from bot.gates.static import Objection
from bot.records import Gate, Reason, Run, RunStatus

GATE = "G12"


def judge_text(path: str, objections: tuple[Objection, ...]) -> Gate:
    """Does the new code of a file keep to its own business, as far as its text shows?"""
    if not objections:
        return passed(GATE, "The new code asks for nothing of the process it runs in.")
    said = "; ".join(f"line {one.line} {one.what}" for one in objections[:SHOWN])
    detail = f"{path}: {said}. A fix that asks in which process it runs can behave itself when it is tested."
    return refused(GATE, objections[0].reason, detail)


def differing(seen: Run, hidden: Run, ids: tuple[str, ...]) -> tuple[str, ...]:
    """New tests that ended differently; all when one of the runs has no results."""
    if hidden.status is not RunStatus.EXITED:
        return () if seen.status is hidden.status is RunStatus.TIMEOUT else ids or (str(hidden.status),)
    before, after = statuses_of(seen, ids), statuses_of(hidden, ids)
    return tuple(one for one in ids if before.get(one) is not after.get(one))


def judge(pairs: tuple[tuple[Run, Run], ...], ids: tuple[str, ...], note: str = "") -> Gate:
    """Compare pairs of a usual run and one with hidden traces, of the same tree each."""
    for seen, hidden in pairs:
        if hidden.status is not RunStatus.EXITED and hidden.status is not seen.status:
            detail = f"The run with hidden traces gave no result: {hidden.status}."
            return refused(GATE, Reason.INCONCLUSIVE, detail)
        if changed := differing(seen, hidden, ids):
            side = "on the head" if seen.tree == "head" else "with the patch"
            detail = (
                "With the test runner's traces hidden and the lines of the patched files moved the outcome "
                f"{side} is another one: {listed(changed)}. The code behaves differently when it is tested, "
                "or the test minds how the code is written."
            )
            return refused(GATE, Reason.KNOWS_RUNNER, detail)
    return passed(GATE, f"The same with the test runner's traces hidden{note}.")
