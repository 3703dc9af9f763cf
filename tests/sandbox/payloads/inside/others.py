"""Probes for other processes."""

from __future__ import annotations

import os
from pathlib import Path

from frame import FACTS, LIBC, names, probe


@probe
def host_processes() -> object:
    seen = [int(name) for name in names("/proc") if name.isdigit()]
    return seen if len(seen) > 12 else None


@probe
def signal_bot() -> object:
    os.kill(FACTS["bot"], 0)
    return FACTS["bot"]


@probe
def supervisor_memory() -> object:
    with Path(f"/proc/{FACTS['supervisor']}/mem").open("r+b", buffering=0):
        return "opened"


@probe
def supervisor_descriptors() -> object:
    return names(f"/proc/{FACTS['supervisor']}/fd")


@probe
def supervisor_shell() -> object:
    return Path("/.supervisor").read_bytes()[:1]


@probe
def first_process_memory() -> object:
    with Path("/proc/1/mem").open("r+b", buffering=0):
        return "opened"


@probe
def first_process_root() -> object:
    return Path("/proc/1/root", FACTS["secret"].lstrip("/")).read_text()


@probe
def process_vm() -> object:
    return LIBC.process_vm_readv(FACTS["supervisor"], 0, 0, 0, 0, 0) == 0


@probe
def realtime() -> object:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    return "scheduled"
