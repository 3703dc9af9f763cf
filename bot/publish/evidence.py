"""The runs of a proof, in words: one line for those who trust it, a table for those who check it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import PurePosixPath

from bot.proof.stored import StoredGate
from bot.publish import neutral, texts
from bot.records import Examined, Gate, Run, RunStatus, TestStatus, Verdict

_SECONDS = re.compile(r"\| [0-9.]+ s \|$", re.MULTILINE)
MOST_TABLE = 20_000  # characters


def proof_line(one: Examined, head: str) -> str:
    """What was seen, in one line, with a word that says how far it carries."""
    match one.verdict:
        case Verdict.PROVEN:
            return texts.proven(head, unchanged(one))
        case Verdict.REPRODUCED:
            return texts.reproduced(head, _why_not(one))
        case Verdict.UNPROVEN:
            return texts.unproven(_why_not(one))


def _why_not(one: Examined) -> str:
    details = [gate.detail for gate in one.proof.failed if gate.detail]
    return neutral.prose(details[-1], 300) if details else ""


def unchanged(one: Examined) -> int:
    """How many existing tests were seen to pass on the head and with the fix."""
    before, after = (_passed(one, tree) for tree in ("head", "fixed"))
    return len(before & after)


def _passed(one: Examined, tree: str) -> set[str]:
    own = one.test.path if one.test else "\0"
    return {
        seen.id
        for run in one.proof.runs
        if run.tree == tree
        for seen in run.outcomes
        if seen.status is TestStatus.PASSED and not seen.id.startswith(own)
    }


def gates_list(gates: Iterable[Gate]) -> str:
    """A line for each gate: it holds, it does not, or there was nothing to ask with."""
    return "\n".join(
        f"- {mark(gate)} {neutral.line(gate.gate)}: {neutral.line(gate.detail, 400)}" for gate in gates
    )


def mark(gate: Gate | StoredGate) -> str:
    """Only a gate that was put to the test has a tick."""
    if gate.skipped:
        return "○"
    return "✓" if gate.passed else "✗"


def runs_table(runs: Iterable[Run]) -> str:
    """All runs; those of one tree and command that ended alike share a row, with what each was run under."""
    alike: dict[tuple[str, str, str, str], list[Run]] = {}
    for run in runs:
        code = "none" if run.exit_code is None else str(run.exit_code)
        alike.setdefault((run.tree, command_line(run), code, _outcome(run)), []).append(run)
    rows = [_row(*key, those) for key, those in alike.items()]
    kept = [row for at, row in enumerate(rows) if sum(map(len, rows[: at + 1])) <= MOST_TABLE]
    left = sum(len(those) for those in list(alike.values())[len(kept) :])
    table = "\n".join([f"| {texts.RUN_COLUMNS} |", "|---|---|---|---|---|---|", *kept])
    return f"{table}\n\n{texts.more_runs(left)}" if left else table


def _row(tree: str, command: str, code: str, outcome: str, those: list[Run]) -> str:
    under = neutral.line("; ".join(run.conditions or texts.PLAIN for run in those), 1_000)
    times = f"{len(those)} × " if len(those) > 1 else ""
    seconds = sum(run.seconds for run in those)
    return f"| {tree} | {times}{neutral.cell(command)} | {code} | {outcome} | {under} | {seconds:.1f} s |"


def command_line(run: Run) -> str:
    """The command as one would type it, the program without its folder."""
    program, *rest = run.command or ("",)
    return shlex.join([PurePosixPath(program).name, *rest])


def _outcome(run: Run) -> str:
    if run.status is not RunStatus.EXITED:
        return str(run.status)
    counts = {status: sum(one.status is status for one in run.outcomes) for status in TestStatus}
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "no tests"


def same_but_times(one: str, other: str) -> bool:
    """Whether two bodies say the same, however long the runs took."""
    bodies = [_SECONDS.sub("", text.replace("\r\n", "\n").strip()) for text in (one, other)]
    return bodies[0] == bodies[1]
