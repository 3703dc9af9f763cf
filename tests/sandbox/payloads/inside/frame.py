"""What the probes share: the facts of the host, the list of probes, and a process for each."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

FACTS: dict[str, Any] = {**json.loads(sys.argv[1]), "supervisor": os.getppid()}
LIBC = ctypes.CDLL(None, use_errno=True)
REFUSALS = (errno.EPERM, errno.ENOSYS)
Probe = Callable[[], object]
PROBES: dict[str, Probe] = {}


def names(folder: str) -> list[str]:
    return [entry.name for entry in Path(folder).iterdir()]


INHERITED = [fd for fd in names("/proc/self/fd") if Path("/proc/self/fd", fd).exists()]


def probe(function: Probe) -> Probe:
    PROBES[function.__name__] = function
    return function


def reached(number: int, *arguments: int) -> object:
    """What the kernel says to a call with senseless arguments; None where it was refused."""
    ctypes.set_errno(0)
    words = [ctypes.c_long(word) for word in (*arguments, *[0] * 6)[:6]]
    answer = LIBC.syscall(ctypes.c_long(number), *words)
    said = ctypes.get_errno()
    return None if answer == -1 and said in REFUSALS else f"{answer}, {errno.errorcode.get(said, said)}"


def outcome(function: Probe) -> str:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        os.close(read)
        try:
            got = function()
            said = f"hole: {got}" if got else "held: nothing found"
        except OSError as refusal:
            said = f"held: {refusal}"
        os.write(write, said[:300].encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"held: {signal.Signals(os.WTERMSIG(status)).name}"
    return said or "broken: the probe said nothing"
