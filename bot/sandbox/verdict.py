"""From how a sandbox ended to the `Execution` that callers see."""

from __future__ import annotations

import subprocess

from bot.records import RunStatus
from bot.sandbox import Execution
from bot.sandbox.supervisor import FAILED, parse_report
from bot.sandbox.watch import Ending

CPU_ENDED = 128 + 24  # how the supervisor's shell reports a program ended by SIGXCPU
SHOWN = 400  # characters of an error


def _words(output: bytes) -> str:
    return " ".join(output.decode(errors="replace").split())[-SHOWN:]


def not_started(process: subprocess.Popen[bytes], seconds: float) -> Execution:
    """bwrap gave up before the sandbox stood; `detail` holds its own words."""
    process.kill()
    out, said = process.communicate()
    detail = f"the sandbox did not start: {_words(said) or 'bwrap said nothing'}"
    return Execution(RunStatus.SANDBOX_ERROR, None, out, said, seconds=seconds, detail=detail)


def execution(ending: Ending, seconds: float) -> Execution:
    """What was seen. A run whose supervisor did not report to the end is no exit, whatever its exit code."""
    report = parse_report(ending.report)
    status, detail = ending.status, ending.detail
    if status is RunStatus.EXITED and not report.ready:
        status, detail = RunStatus.SANDBOX_ERROR, f"the source could not be copied: {_words(ending.stderr)}"
        if ending.exit_code != FAILED:
            detail = f"the sandbox broke off: {_words(ending.stderr)}"
    elif status is RunStatus.EXITED and not report.complete:
        status, detail = RunStatus.SANDBOX_ERROR, "the supervisor was killed before its report"
    elif status is RunStatus.EXITED and ending.exit_code == CPU_ENDED:
        status, detail = RunStatus.TIMEOUT, "a process used up its processor time"
    return Execution(
        status=status,
        exit_code=ending.exit_code if status is RunStatus.EXITED else None,
        stdout=ending.stdout,
        stderr=ending.stderr,
        result=report.result,
        written=report.written,
        seconds=seconds,
        peak=ending.peak,
        detail=detail,
    )
