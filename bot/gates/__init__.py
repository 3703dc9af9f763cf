"""The gates: what has to be seen before a finding is called proven. One gate is one file with pure functions.

    G0   static.py         the test's text: nothing that would make its runs worthless
    G1   placement.py      the test is only added, where the runner looks; the patch changes source only
    G2   collects.py       the same new tests are collected on the head and with the patch, without an error
    G3   red.py            at least one of them failed on the head
    G4   right_reason.py   it failed for the right reason, and reached the lines in question
    G5   green.py          all of them pass with the patch
    G6   sibling.py        a benign case beside the red one passes on both sides
    G7   vacuous.py        that case takes the red test's way through the product
    G8   needed.py         every hunk of the patch has a part in it
    G9   deterministic.py  other hash seeds, orders, dates and company change nothing
    G10  pass_to_pass.py   no test that passed on the head fails or vanishes with the patch
    G11  sealed.py         the new tests wrote nothing, and were quick
    G12  independent.py    the same is seen with the test runner's traces hidden
    G13  second_test.py    tests written by someone who has not seen the patch hold too
    G14  at_home.py        the test looks like one of the project's

A gate looks at recorded facts and runs, and answers with a `Gate`; it runs nothing itself. Steps 3, 4 and 5
share them, so a test or a fix is judged while it is written by the very rules that judge it in the end.
"""

from __future__ import annotations

from bot.records import Gate, Reason, Run, RunStatus, TestOutcome, TestStatus

GATES = tuple(f"G{number}" for number in range(15))
SHOWN = 5  # names listed in one sentence


def passed(gate: str, detail: str) -> Gate:
    """The gate holds."""
    return Gate(gate, passed=True, detail=detail)


def refused(gate: str, reason: Reason, detail: str) -> Gate:
    """The gate does not hold."""
    return Gate(gate, passed=False, detail=detail, reason=reason)


def skipped(gate: str, why: str) -> Gate:
    """The gate asks for something that is not there to be had, and so stands in nobody's way."""
    return Gate(gate, passed=True, detail=f"skipped: {why}", skipped=True)


def not_run(gate: str, why: str) -> Gate:
    """The gate could not be decided."""
    return Gate(gate, passed=False, detail=f"not run: {why}", reason=Reason.NOT_RUN)


def listed(names: tuple[str, ...]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def outcomes_of(run: Run, ids: tuple[str, ...]) -> tuple[TestOutcome, ...]:
    """The outcomes of these test ids in this run, as far as there are any."""
    wanted = frozenset(ids)
    return tuple(one for one in run.outcomes if one.id in wanted)


def statuses_of(run: Run, ids: tuple[str, ...]) -> dict[str, TestStatus]:
    """What became of these test ids in this run, as far as it is known."""
    return {one.id: one.status for one in outcomes_of(run, ids)}


def red_ids(run: Run, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the ids that failed in their call phase."""
    return tuple(one.id for one in outcomes_of(run, ids) if one.status is TestStatus.FAILED)


def end_of_output(run: Run, length: int = 400) -> str:
    """The last words of a run's output, for a sentence."""
    text = " ".join(run.output.split())
    return text if len(text) <= length else "…" + text[-length:]


def how_it_ended(run: Run, *, is_brief: bool = False) -> str:
    """In words, how a run that gave no verdict ended; with the end of its output, unless brief."""
    words = {
        RunStatus.TIMEOUT: f"was ended after {run.seconds:.0f} s",
        RunStatus.MEMORY: "ran out of memory",
        RunStatus.OUTPUT_LIMIT: "printed too much and was ended",
        RunStatus.SANDBOX_ERROR: "could not be started in the sandbox",
        RunStatus.LOST: "left no results that agree with its exit code",
        RunStatus.EXITED: f"exited with {run.exit_code}",
    }
    said = "" if is_brief or run.status is RunStatus.TIMEOUT else end_of_output(run)
    return words[run.status] + (f" ({said})" if said else "")
