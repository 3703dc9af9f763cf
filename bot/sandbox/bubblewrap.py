"""The sandbox on one Linux machine: bubblewrap with namespaces, a filter of system calls and a cgroup."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bot.errors import SandboxUnavailable
from bot.sandbox import Capabilities, Command, Execution
from bot.sandbox.cgroup import NO_CGROUP, Cgroup, open_cgroup, sweep_cgroups
from bot.sandbox.descriptors import Descriptors
from bot.sandbox.launch import effective_user
from bot.sandbox.leftovers import sweep_processes
from bot.sandbox.probes import probe, require_tools
from bot.sandbox.processes import own_mark
from bot.sandbox.start import Machine, Start, refuse_unusable
from bot.sandbox.verdict import execution, not_started
from bot.sandbox.watch import Watch


def _never() -> bool:
    return False


class Bubblewrap:
    """A `Sandbox`. `bwrap` None: the one on PATH; `proc` None: found out; `root`: for the host's /usr."""

    name = "bubblewrap"

    def __init__(
        self,
        bwrap: Path | None = None,
        *,
        use_cgroup: bool = True,
        proc: bool | None = None,
        root: Path | None = None,
    ) -> None:
        self._bwrap, self._use_cgroup, self._proc, self._root = bwrap, use_cgroup, proc, root
        self._lock = threading.Lock()
        self._capabilities: Capabilities | None = None

    def check(self) -> Capabilities:
        with self._lock:
            if self._capabilities is None:
                require_tools(self._bwrap, effective_user())
                self._capabilities = probe(self._attempt, self._proc)
            return self._capabilities

    def run(self, command: Command, cancelled: Callable[[], bool] = _never) -> Execution:
        return self._attempt(command, cancelled, self.check().has_proc)[0]

    def sweep(self) -> None:
        sweep_processes()
        sweep_cgroups()

    def _attempt(
        self, command: Command, cancelled: Callable[[], bool], proc: bool
    ) -> tuple[Execution, Cgroup]:
        """Run it without asking the probes; also which cgroup held it."""
        began = time.monotonic()
        refuse_unusable(command)
        with ExitStack() as stack:
            descriptors = stack.enter_context(Descriptors())
            cgroup = self._open_cgroup(command)
            stack.callback(cgroup.close)
            machine = Machine(self._bwrap or _found_bwrap(), proc, self._root)
            start = Start(command, machine, cgroup, descriptors)
            process = stack.enter_context(start.bwrap())
            stack.callback(_make_sure, process)
            first = start.first_process()
            if first is None:
                return not_started(process, time.monotonic() - began), cgroup
            try:
                started = start.go(process, first, began)
            except (ProcessLookupError, BrokenPipeError):  # it died between the two
                return not_started(process, time.monotonic() - began), cgroup
            ending = Watch(started, command.limits, cancelled).to_the_end()
            return execution(ending, time.monotonic() - began), cgroup

    def _open_cgroup(self, command: Command) -> Cgroup:
        if not self._use_cgroup:
            return NO_CGROUP
        return open_cgroup(f"{own_mark()}-{secrets.token_hex(6)}", command.limits)


def open_sandbox() -> Bubblewrap:
    """The sandbox of this machine; nothing is probed before its `check()` or its first run."""
    return Bubblewrap()


def _found_bwrap() -> Path:
    found = shutil.which("bwrap")
    if found is None:
        raise SandboxUnavailable("bubblewrap is not installed; install it: apt-get install bubblewrap")
    return Path(found)


def _make_sure(process: subprocess.Popen[bytes]) -> None:
    """Whatever went wrong: bwrap does not outlive the call, and with it dies all it started."""
    if process.poll() is None:
        process.kill()
        process.wait()
