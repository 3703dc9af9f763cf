"""Finds sandbox processes that a killed bot left behind, and ends them."""

from __future__ import annotations

import contextlib
import os

from bot.sandbox.processes import PROC, end_process, is_orphaned

MARKED = "--unsetenv"  # an option without effect that carries the mark in bwrap's argument list


def marking(mark: str) -> list[str]:
    """Arguments of bwrap that let `sweep_processes` know it again."""
    return [MARKED, mark]


def _mark(pid: int) -> str:
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:  # it ended while we looked, or is not ours to look at
        return ""
    return words[words.index(MARKED) + 1] if MARKED in words[:-1] else ""


def sweep_processes() -> int:
    """End the sandboxes whose bot is gone; returns how many processes were ended directly."""
    ended = 0
    for entry in PROC.iterdir():
        if not entry.name.isdigit() or not is_orphaned(_mark(int(entry.name))):
            continue
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it ended, or belongs to another user
            pidfd = os.pidfd_open(int(entry.name))
            try:
                if is_orphaned(_mark(int(entry.name))):  # the number still means the same process
                    end_process(pidfd)
                    ended += 1
            finally:
                os.close(pidfd)
    return ended
