"""Child processes side by side: the web server, whose end ends all, and workers that are started again."""

from __future__ import annotations

import ctypes
import logging
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

from bot.jobs.patience import Patience

_log = logging.getLogger("suture.serve")
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)
_STEADY_SECONDS = 60.0  # a child that lived so long starts with the first pause again
_LONGEST_PAUSE = 30.0


def _always() -> bool:
    return True


@dataclass(slots=True)
class Child:
    """A command to keep running, and what is known of its present process."""

    name: str
    argv: Sequence[str]
    needed: bool  # its end ends all the others
    may_start: Callable[[], bool] = _always
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = 0.0
    due: float = field(default=0.0)


def keep_running(children: Sequence[Child], stop: Event, patience: Patience, grace: float) -> int:
    """Run the children until `stop` is set or a needed one ends; then end them all within `grace` seconds.

    The exit code: 0 when asked to stop, else that of the needed child (1 if it ended without an error).
    """
    try:
        while not stop.is_set():
            for child in children:
                code = _look_after(child, patience)
                if code is not None:
                    return code or 1
            stop.wait(0.1)
        return 0
    finally:
        _end([child.process for child in children if child.process is not None], grace)


def _look_after(child: Child, patience: Patience) -> int | None:
    """Start the child if it is due; the exit code of a needed child that ended, else None."""
    now = time.monotonic()
    if child.process is None:
        if now >= child.due and child.may_start():
            child.process, child.began = _start(child.argv), now
        return None
    code = child.process.poll()
    if code is None:
        return None
    child.process = None
    _log.error("process ended", extra={"child": child.name, "exit_code": code})
    if child.needed:
        return code
    steady = now - child.began > _STEADY_SECONDS
    child.pause = (
        patience.pause if steady or not child.pause else min(child.pause * patience.growth, _LONGEST_PAUSE)
    )
    child.due = now + child.pause
    return None


def _start(argv: Sequence[str]) -> subprocess.Popen[bytes]:
    # Single-threaded here, so that the function may run between fork and exec.
    return subprocess.Popen(list(argv), stdin=subprocess.DEVNULL, preexec_fn=_end_with_parent)  # noqa: PLW1509


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def _end(processes: Sequence[subprocess.Popen[bytes]], grace: float) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + grace
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
