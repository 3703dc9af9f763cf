"""Runs hostile code: a command on a copy of a tree, without network, token or a way to write to the host.

A new isolation is one new file in this folder that offers a `Sandbox`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.records import RunStatus

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one command may use. Sizes in bytes, times in seconds."""

    wall: float = 60
    cpu: int = 60  # each process
    memory: int = 1024 * MIB  # the whole tree of processes
    processes: int = 128
    work: int = 512 * MIB  # the private copy of the tree
    tmp: int = 256 * MIB
    file: int = 256 * MIB  # one file
    open_files: int = 1024
    kept_output: int = 256 * 1024  # of stdout and of stderr: half from the start, half from the end
    flood: int = 64 * MIB  # stdout + stderr after which the command is ended
    result: int = 4 * MIB


@dataclass(frozen=True, slots=True)
class Command:
    """One command to run. Nothing in it is a secret, a URL or a writable path of the host."""

    argv: tuple[str, ...]  # run in /tree
    source: Path  # host folder, copied to /tree inside; never written; its .git is hidden
    # host paths shown read-only at their own place (an interpreter, an environment)
    read_only: tuple[Path, ...] = ()
    # the payload's whole environment, beside PATH, HOME, TMPDIR, LANG
    variables: Mapping[str, str] = field(default_factory=dict)
    result: str = "/out/result"  # the file whose content comes back as Execution.result
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Execution:
    """What was seen of a command. `result` is what the code under test says of itself: it can be forged."""

    status: RunStatus
    exit_code: int | None
    stdout: bytes = b""
    stderr: bytes = b""
    result: bytes | None = None
    written: tuple[str, ...] = ()  # paths of /tree that the command made, changed or removed; caches left out
    seconds: float = 0.0
    peak: int = 0  # bytes of memory
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the start-up probes found."""

    isolation: str  # "namespaces", "gvisor" …
    hard_memory: bool  # the memory limit is the kernel's, not a watchdog's
    hard_processes: bool
    has_proc: bool


class Sandbox(Protocol):
    """Thread-safe: several commands may run side by side."""

    name: str

    def check(self) -> Capabilities:
        """Probe the isolation, once. Raises SandboxUnavailable, saying what to do, when a probe fails."""
        ...

    def run(self, command: Command, cancelled: Callable[[], bool] = ...) -> Execution:
        """Run to the end or to a limit; end it at once when `cancelled()` turns true (polled every 0.1 s)."""
        ...

    def sweep(self) -> None:
        """Remove what a killed bot left behind: processes, cgroups, folders."""
        ...
