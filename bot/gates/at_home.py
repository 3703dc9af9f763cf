"""G14: the test looks like one of the project's in names and form, is short, and says what it guards.

Binding for tests that our own reviewers write; a test from elsewhere gets it as advice.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.gates import listed, passed, refused
from bot.records import Gate, Reason

GATE = "G14"
LONGEST = 40  # lines of code of one function; blank lines, comments and docstrings do not count


@dataclass(frozen=True, slots=True)
class Style:
    """What was found out about the form of the lines a test adds."""

    longest: int = 0  # lines of code of the longest function
    states_guarantee: bool = False  # a docstring of the module or of a test says what must hold
    remarks: tuple[str, ...] = ()  # of the project's own tools, and on names and framework


def advise(style: Style) -> tuple[str, ...]:
    """What would make the test look more at home."""
    advice = list(style.remarks)
    if style.longest > LONGEST:
        advice.append(f"one function has {style.longest} lines of code, more than {LONGEST}")
    if not style.states_guarantee:
        advice.append("no docstring says what must hold")
    return tuple(advice)


def judge(style: Style, *, is_binding: bool) -> Gate:
    """The answer; without `is_binding` what could be better is said, and the gate holds."""
    advice = advise(style)
    if not advice:
        return passed(GATE, f"At home; the longest function has {style.longest} lines of code.")
    if is_binding:
        return refused(GATE, Reason.NOT_AT_HOME, f"The test could be more at home: {listed(advice)}.")
    return passed(GATE, f"Advice only, for a test from elsewhere: {listed(advice)}.")
