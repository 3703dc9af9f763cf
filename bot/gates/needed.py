"""G8: every hunk of the patch that means something has a part in it.

A hunk has a part when a test turns red without it, or when it alone turns a red test green (of two guards
that each suffice, neither is missed alone), or when it makes the very replacement that a needed one makes.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.gates import listed, outcomes_of, passed, refused, statuses_of
from bot.records import Gate, Reason, Run, RunStatus, TestStatus

GATE = "G8"


@dataclass(frozen=True, slots=True)
class Tried:
    """A hunk and what was seen of it."""

    name: str  # "shop/pages.py:12"
    is_neutral: bool = False  # comments, docstrings, blanks, annotations
    has_part: bool = False
    unknown: str = ""  # why its runs say nothing


def without(run: Run, ids: tuple[str, ...]) -> bool | None:
    """Does a test turn red on a tree without the hunk? None when the run says nothing.

    An error counts: a test that cannot even be collected without the hunk needs it.
    """
    if run.status is RunStatus.TIMEOUT:
        return True
    if run.status is not RunStatus.EXITED:
        return None
    seen = statuses_of(run, ids)
    return any(seen.get(one) is not TestStatus.PASSED for one in ids)


def alone(run: Run, red: tuple[str, ...]) -> bool | None:
    """Does the hunk alone turn a red test green?"""
    if run.status is not RunStatus.EXITED:
        return None if run.status is not RunStatus.TIMEOUT else False
    return any(one.status is TestStatus.PASSED for one in outcomes_of(run, red))


def judge(tried: tuple[Tried, ...]) -> Gate:
    """Is there a hunk that nothing needs?"""
    real = tuple(one for one in tried if not one.is_neutral)
    if not real:
        detail = "The patch changes comments, docstrings or blanks only: the code does what it did before."
        return refused(GATE, Reason.HUNK_NOT_NEEDED, detail)
    if idle := tuple(one.name for one in real if not one.has_part and not one.unknown):
        detail = f"No test needs this part of the patch: {listed(idle)}. Leave it out, or test it."
        return refused(GATE, Reason.HUNK_NOT_NEEDED, detail)
    if unknown := [one for one in real if one.unknown]:
        detail = f"Whether {unknown[0].name} is needed is unknown: {unknown[0].unknown}."
        return refused(GATE, Reason.INCONCLUSIVE, detail)
    neutral = len(tried) - len(real)
    more = f", {neutral} change no meaning" if neutral else ""
    return passed(GATE, f"{len(real)} hunk(s) needed{more}.")
