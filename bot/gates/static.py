"""G0: nothing in the test's text would make its runs worthless. A language reads the text; this judges."""

from __future__ import annotations

from dataclasses import dataclass

from bot.gates import SHOWN, passed, refused
from bot.records import Gate, Reason

GATE = "G0"


@dataclass(frozen=True, slots=True)
class Unit:
    """What the test is about: source files, and the names of functions, classes and constants in them.

    A test may put stand-ins for what surrounds the unit, never for the unit itself.
    """

    paths: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()  # without the modules and classes around them


@dataclass(frozen=True, slots=True)
class Objection:
    """One thing in the test's text that it must not do."""

    reason: Reason
    line: int
    what: str  # a sentence's end: "calls os.system"


def judge(path: str, objections: tuple[Objection, ...]) -> Gate:
    """Is there anything to object to in the text of the test at `path`?"""
    if not objections:
        return passed(GATE, "Nothing in the test's text makes its runs worthless.")
    # What the whole lacks is often but the consequence of a line that stands there
    ordered = sorted(objections, key=lambda one: (one.reason is Reason.ASSERTS_NOTHING, one.line))
    said = "; ".join(f"line {one.line} {one.what}" for one in ordered[:SHOWN])
    return refused(GATE, ordered[0].reason, f"{path}: {said}.")
