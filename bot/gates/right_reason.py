"""G4: the tests are red for the right reason, judged by the whole traceback and by the lines they reached.

Legal are an assertion of the test (or the runner's "did not raise"), an exception that was declared
beforehand and came through the product, and a timeout that was declared beforehand. An AssertionError alone
is too narrow a rule: of 20 upstream security tests 7 are red by something else.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.gates import listed, outcomes_of, passed, refused
from bot.records import Declaration, Gate, Reason, Run, RunStatus, TestOutcome, TestStatus

GATE = "G4"
ASSERTIONS = frozenset({"AssertionError", "Failed"})
TIMEOUT = "Timeout"
# These say that the test does not fit the code, whatever was declared
NEVER = frozenset(
    {"ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError", "TabError", "NameError"}
    | {"UnboundLocalError", "FixtureLookupError", "Skipped"}
)


@dataclass(frozen=True, slots=True)
class Aim:
    """What the red tests have to reach: any of these lines, in these files of the head."""

    what: str  # in words: "the finding's lines", "the changed functions"
    paths: tuple[str, ...] = ()  # product files; () when any will do
    lines: frozenset[tuple[str, int]] = frozenset()  # (path, line); empty when no line can be asked for


def judge(red: Run, ids: tuple[str, ...], test_path: str, declared: Declaration | None, aim: Aim) -> Gate:
    """Did every new test that failed on the head fail for a legal reason?"""
    if red.status is RunStatus.TIMEOUT:
        return passed(GATE, "The head ran until it was ended, as was declared.")
    failures = [one for one in outcomes_of(red, ids) if one.status is TestStatus.FAILED]
    if not failures:
        return refused(GATE, Reason.NOT_RED, "No new test failed on the head.")
    for one in failures:
        reason, detail = _judge_one(one, test_path, declared, aim)
        if reason is not Reason.NONE:
            return refused(GATE, reason, detail)
    kinds = tuple(sorted({one.exception for one in failures}))
    return passed(GATE, f"Red by {listed(kinds)}.")


def _judge_one(
    one: TestOutcome, test_path: str, declared: Declaration | None, aim: Aim
) -> tuple[Reason, str]:
    name = one.exception.rpartition(".")[2]
    said = f"{one.id} failed with {name}: {one.message.strip().partition(chr(10))[0]}".rstrip(": ")
    if name == TIMEOUT:
        detail = f"{one.id} ran out of time, and no timeout was declared."
        return (Reason.NONE, "") if _is(declared, "timeout") else (Reason.UNDECLARED_TIMEOUT, detail)
    if name in NEVER:
        detail = f"{said}. That says the test does not fit the code, not that the code is unsafe."
        return Reason.WRONG_EXCEPTION, detail
    if _is(declared, "exception", name):
        detail = f"{said}. It did not come through {listed(aim.paths) or 'the product'}."
        return (
            (Reason.NONE, "")
            if _has_product_frame(one, test_path, aim)
            else (Reason.NO_PRODUCT_FRAME, detail)
        )
    if name not in ASSERTIONS:
        detail = f"{said}. It is neither an assertion of the test nor was it declared beforehand."
        return Reason.WRONG_EXCEPTION, detail
    is_ours = any(frame.path == test_path for frame in one.frames)
    detail = f"{said}. The traceback does not go through {test_path}."
    return (Reason.NONE, "") if is_ours else (Reason.WRONG_EXCEPTION, detail)


def _is(declared: Declaration | None, kind: str, name: str = "") -> bool:
    """Was this declared? An exception may be declared with or without its module."""
    if declared is None or declared.kind != kind:
        return False
    return not name or declared.value.rpartition(".")[2] == name


def _has_product_frame(one: TestOutcome, test_path: str, aim: Aim) -> bool:
    paths = {frame.path for frame in one.frames if frame.path != test_path and not frame.path.startswith("/")}
    return bool(paths & set(aim.paths)) if aim.paths else bool(paths)


def judge_reach(traced: Run, aim: Aim) -> Gate:
    """Did the red tests, run again alone and traced, execute what they are about?"""
    if not aim.lines:
        return passed(GATE, "No line of a function can be asked for.")
    if traced.status is RunStatus.TIMEOUT:
        return passed(GATE, "The traced run was ended by the timeout.")
    if traced.status is not RunStatus.EXITED:
        return refused(
            GATE, Reason.INCONCLUSIVE, f"The lines reached by the tests are unknown: {traced.status}."
        )
    reached = {(path, line) for path, lines in traced.executed for line in lines}
    if hit := reached & aim.lines:
        path, line = min(hit)
        return passed(GATE, f"They reach {aim.what} ({path}:{line}).")
    detail = f"The failing tests do not execute {aim.what} in {listed(aim.paths)}."
    return refused(GATE, Reason.FINDING_NOT_REACHED, detail)


def join(reason: Gate, reach: Gate) -> Gate:
    """Both halves as one answer."""
    if not reason.passed:
        return reason
    return passed(GATE, f"{reason.detail} {reach.detail}") if reach.passed else reach
