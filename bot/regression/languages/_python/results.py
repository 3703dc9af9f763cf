"""The recorder's lines become outcomes. They come from beside hostile code: every value is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.errors import EnvironmentUnavailable
from bot.records import Frame, Phase, TestOutcome, TestStatus
from bot.sandbox import Execution

MESSAGE = 2_000
WORD = 2_000
OUTPUT = 8_000
FRAMES = 60
FOUL = frozenset({"cut", "tampered", "contradiction"})  # lines that take the trust from all others
CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")

# pytest's exit codes with which its results can be whole.
PASSED, FAILED, INTERRUPTED, INTERNAL, USAGE, NOTHING = 0, 1, 2, 3, 4, 5
STOPPED = 124  # the guard's, at the deadline


@dataclass(slots=True)
class Results:
    """What a result file said."""

    trusted: bool = False  # the nonce was right, and nothing was cut or unreadable
    ended: int | None = None
    stopped: bool = False
    arguments: tuple[str, ...] = ()  # with which pytest ran in the end
    notes: tuple[str, ...] = ()  # what of the project's configuration was left out, and why
    missing: str = ""
    ids: list[str] = field(default_factory=list)  # all that were collected
    first: int = 0  # where those of the latest start of pytest begin
    outcomes: dict[str, TestOutcome] = field(default_factory=dict)
    executed: tuple[tuple[str, tuple[int, ...]], ...] = ()
    looks: list[str] = field(default_factory=list)


def parse(data: bytes, nonce: str) -> Results:
    """Results from the recorder's bytes; not `trusted` unless all is as the recorder writes it."""
    results = Results()
    try:
        lines = [json.loads(line) for line in data.decode("ascii").splitlines()]
        if not lines or lines[0].get("nonce") != nonce:
            return results
        for line in lines[1:]:
            _take(line, results)
        results.trusted = not any(FOUL & line.keys() for line in lines)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        results.trusted = False
    return results


def _take(line: dict[str, Any], results: Results) -> None:
    if "start" in line:
        results.first = len(results.ids)
    elif "missing" in line:
        results.missing = str(line["missing"])
    elif "file" in line:
        results.ids += [f"{line['file']}{test}" for test in line["tests"]]
    elif "collect" in line:
        _keep(_outcome(str(line["collect"]), Phase.COLLECT, line), results)
    elif "test" in line:
        test = line["test"]
        name = results.ids[results.first :][test] if isinstance(test, int) else str(test)
        _keep(_outcome(name, Phase(line["phase"]), line), results)
    elif "executed" in line:
        pairs = line["executed"].items()
        results.executed = tuple((str(path), tuple(int(one) for one in lines)) for path, lines in pairs)
    elif "stopped" in line:
        results.stopped = bool(line["stopped"])
    elif "end" in line:
        results.ended = int(line["end"])
    else:
        _note(line, results)


def _note(line: dict[str, Any], results: Results) -> None:
    """What is no test's outcome."""
    if "looks" in line:
        results.looks.append(f"{str(line['looks'])[:WORD]} (line {int(line['line'])})")
    elif "arguments" in line:
        results.arguments = tuple(str(one)[:WORD] for one in line["arguments"])
        results.notes = tuple(str(one)[:WORD] for one in line["notes"])


def _outcome(name: str, phase: Phase, line: dict[str, Any]) -> TestOutcome:
    status = TestStatus(line["status"])
    if status is TestStatus.FAILED and phase is not Phase.CALL:
        status = TestStatus.ERROR
    frames = tuple(Frame(str(path), int(at), str(function)) for path, at, function in line.get("frames", ()))
    return TestOutcome(
        id=name,
        status=status,
        phase=phase,
        exception=str(line.get("exception", ""))[:200],
        message=str(line.get("message", ""))[:MESSAGE],
        frames=frames[:FRAMES],
        seconds=float(line.get("seconds", 0.0)),
    )


def _keep(new: TestOutcome, results: Results) -> None:
    """One outcome a test: the first failure stays, else the latest word (a teardown error after a pass)."""
    old = results.outcomes.get(new.id)
    if old is None or old.status not in (TestStatus.FAILED, TestStatus.ERROR):
        results.outcomes[new.id] = new


def is_whole(results: Results, execution: Execution) -> bool:
    """Do the results have their end, and agree with the exit code?"""
    code = execution.exit_code
    if not results.trusted or results.ended is None or results.ended != code:
        return False
    statuses = {one.status for one in results.outcomes.values()}
    bad = bool(statuses & {TestStatus.FAILED, TestStatus.ERROR})
    reported = all(name in results.outcomes for name in results.ids)
    return {
        PASSED: not bad and reported,
        FAILED: bad and reported,
        INTERRUPTED: True,  # what is known is known: collection errors, or an interrupt
        INTERNAL: bad and not results.ids,  # a plugin that a conftest names could not be loaded
        USAGE: bad,  # a conftest, or the module of a chosen test, could not be loaded
        NOTHING: not bad,
    }.get(code if code is not None else -1, False)


def is_stopped(results: Results, execution: Execution) -> bool:
    """Was the run ended at its deadline by our guard, and is what was reported until then to be trusted?"""
    return results.trusted and results.stopped and execution.exit_code == STOPPED


def need_pytest(results: Results, label: str) -> None:
    """Raise EnvironmentUnavailable where the run ended because pytest is not there."""
    if results.missing:
        raise EnvironmentUnavailable(
            f"pytest is not installed in {label}; install it there or name another interpreter with --python."
        )


def end_of_output(execution: Execution, notes: tuple[str, ...] = ()) -> str:
    """What to know of the run, then the end of stdout and of stderr as printable text.

    At most 8,000 characters.
    """
    said = "".join(f"Ran {CONTROL.sub('', one)}.\n" for one in notes)[: OUTPUT // 4]
    return said + "\n".join(_texts(execution))[-(OUTPUT - len(said)) :]


def _texts(execution: Execution) -> Iterator[str]:
    for data in (execution.stdout, execution.stderr):
        text = CONTROL.sub("", data[-4 * OUTPUT :].decode("utf-8", "replace").replace("\r\n", "\n")).strip()
        if text:
            yield text[-OUTPUT // 2 :] if execution.stdout and execution.stderr else text
