"""Processes seen from outside: who descends from whom, what they hold, whose they are, how to end them."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from pathlib import Path

PROC = Path("/proc")


def end_process(pidfd: int) -> None:
    """SIGKILL, which for the first process of a pid namespace means all in it. Fine if it is gone already."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """`pid` and all below it. Orphans of a pid namespace hang on its first process, so none is missed."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):  # it ended while we looked
            for task in (PROC / str(one) / "task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def resident(pids: list[int]) -> int:
    """Bytes of memory the processes hold together; shared pages count for each."""
    pages = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError):  # it ended while we looked
            pages += int((PROC / str(pid) / "statm").read_text().split()[1])
    return pages * resource.getpagesize()


def started_at(pid: int) -> str | None:
    """When the process started, in clock ticks since boot; None when there is no such process."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]


def own_mark() -> str:
    """A name for what this process makes; it tells a later sweep whether the maker still lives."""
    pid = os.getpid()
    return f"suture-{pid}-{started_at(pid) or 0}-{_numbering()}"


def is_orphaned(mark: str) -> bool:
    """Was this marked by a process that is gone?

    False for what carries no mark of ours, and for that of a container's bot: its numbers are not ours.
    """
    match mark.split("-"):
        case ["suture", pid, start, numbering, *_] if pid.isdigit() and start.isdigit():
            return numbering == _numbering() and started_at(int(pid)) != start
    return False


def _numbering() -> str:
    """The pid namespace, in which alone a process's number means that process."""
    return str((PROC / "self" / "ns" / "pid").stat().st_ino)
