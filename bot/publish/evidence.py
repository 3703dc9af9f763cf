"""The runs of a proof, in words: one line for those who trust it, a table for those who check it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import PurePosixPath

from bot.publish import neutral
from bot.records import Examined, Run, RunStatus, TestStatus, Verdict

_SECONDS = re.compile(r"\| [0-9.]+ s \|$", re.MULTILINE)

PROVEN = "**Proven:**"


def proof_line(one: Examined, head: str) -> str:
    """What was seen, in one line, with a word that says how far it carries."""
    where = f"`{head[:7]}`" if head else "the head"
    match one.verdict:
        case Verdict.PROVEN:
            kept = unchanged(one)
            others = (
                f"; {kept} existing test{'s' * (kept != 1)} pass{'es' * (kept == 1)} as before"
                if kept
                else "; no existing test was there to compare"
            )
            return f"{PROVEN} the regression test is red on {where} and green with the fix{others}."
        case Verdict.REPRODUCED:
            return (
                f"**Reproduced, no fix:** the regression test is red on {where}, "
                f"but no fix held.{_why_not(one)}"
            )
        case Verdict.UNPROVEN:
            return f"**Not proven:** no run has confirmed this claim.{_why_not(one)}"


def _why_not(one: Examined) -> str:
    details = [gate.detail for gate in one.proof.failed if gate.detail]
    return f" {neutral.prose(details[-1], 300)}" if details else ""


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


def runs_table(runs: Iterable[Run]) -> str:
    """One row a run: tree, command, exit code, outcome, seconds."""
    rows = ["| tree | command | exit code | outcome | time |", "|---|---|---|---|---|"]
    rows += [_row(run) for run in list(runs)[:12]]
    return "\n".join(rows)


def _row(run: Run) -> str:
    code = "none" if run.exit_code is None else str(run.exit_code)
    how = f" ({run.conditions})" if run.conditions else ""
    command = neutral.cell(command_line(run) + how, 200)
    return f"| {run.tree} | {command} | {code} | {_outcome(run)} | {run.seconds:.1f} s |"


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
    texts = [_SECONDS.sub("", text.replace("\r\n", "\n").strip()) for text in (one, other)]
    return texts[0] == texts[1]
