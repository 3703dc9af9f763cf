"""G7: with a benign input in place of the attack the red test would be green.

Nobody can exchange the input of any test by rule, but the sibling of G6 is that exchange if it takes the same
way through the product. So this asks for lines: the benign case, run alone and traced, has to execute lines
of the very functions that the red test executed. It shows that what turned the red test red is the input and
not merely calling the code. It does not show that the two inputs differ only in what makes the one an attack.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from bot.gates import listed, passed, refused
from bot.gates.right_reason import Aim
from bot.records import Gate, Reason, Run, RunStatus

GATE = "G7"
Lines = AbstractSet[tuple[str, int]]


def judge(red: Run | None, benign: Run | None, aim: Aim, functions: Mapping[tuple[str, int], str]) -> Gate:
    """Compare two traced runs on the head: of the red tests, and of the benign ones.

    `functions` names the function on each line of the product files in question.
    """
    if red is None or red.status is not RunStatus.EXITED:
        return passed(GATE, "The red run was ended by its timeout; its way cannot be compared.")
    if benign is None or benign.status is not RunStatus.EXITED:
        ended = benign.status if benign else "not run"
        detail = f"The way of the benign case through the product is unknown: {ended}."
        return refused(GATE, Reason.INCONCLUSIVE, detail)
    theirs = {functions[at] for at in _lines(red) if at in functions}
    if not theirs:
        return passed(GATE, f"Nothing to compare: the red tests run no function of {_place(aim)}.")
    if both := theirs & {functions[at] for at in _lines(benign) if at in functions}:
        return passed(GATE, f"Red and benign case both run through {listed(tuple(sorted(both)))}.")
    detail = (
        f"The benign case never comes to {listed(tuple(sorted(theirs)))}, which the red test runs. Give "
        "the same entry an ordinary input."
    )
    return refused(GATE, Reason.SIBLING_ELSEWHERE, detail)


def _lines(run: Run) -> Lines:
    return {(path, line) for path, lines in run.executed for line in lines}


def _place(aim: Aim) -> str:
    return listed(aim.paths) or "the product"
