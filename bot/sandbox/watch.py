"""Watches one run to its end: reads its streams, holds its limits, and ends all of it, whatever it does."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.errors import SutureError
from bot.records import RunStatus
from bot.sandbox import Limits
from bot.sandbox.cgroup import Cgroup
from bot.sandbox.processes import descendants, end_process, resident
from bot.sandbox.streams import Capped
from bot.sandbox.supervisor import MOST_WRITTEN

POLL = 0.1  # seconds
GRACE = 10.0  # seconds the kernel gets to take a killed sandbox down
CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Started:
    """A sandbox that got its go: bwrap, the first process of its namespace, and the supervisor's channel."""

    process: subprocess.Popen[bytes]
    first: int
    first_pidfd: int
    channel: int
    cgroup: Cgroup
    began: float  # time.monotonic()


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended. `report` is what the supervisor sent, uninterpreted."""

    status: RunStatus
    exit_code: int | None
    stdout: bytes
    stderr: bytes
    report: bytes
    peak: int
    detail: str


class Watch:
    """One run under watch; `to_the_end()` is called once."""

    def __init__(self, started: Started, limits: Limits, cancelled: Callable[[], bool]) -> None:
        self._started, self._limits, self._cancelled = started, limits, cancelled
        half = limits.kept_output // 2
        self._out, self._err = Capped(half, half), Capped(half, half)
        self._report = Capped(limits.result + MOST_WRITTEN + 8)
        self._peak, self._looked = 0, 0.0
        self._status, self._detail = RunStatus.EXITED, ""

    def to_the_end(self) -> Ending:
        """Returns once nothing of the sandbox is left."""
        with selectors.DefaultSelector() as selector:
            self._register(selector)
            while selector.get_map():
                self._read(selector)
                self._hold_limits()
                if time.monotonic() > self._started.began + self._limits.wall + GRACE:
                    break  # somebody outside holds a stream: what was read has to do
        code = self._take_down()
        return Ending(
            status=self._status,
            exit_code=code,
            stdout=self._out.content(),
            stderr=self._err.content(),
            report=self._report.content(),
            peak=self._started.cgroup.peak() or self._peak,
            detail=self._detail,
        )

    def _register(self, selector: selectors.BaseSelector) -> None:
        process = self._started.process
        pairs = (
            (process.stdout, self._out),
            (process.stderr, self._err),
            (self._started.channel, self._report),
        )
        for stream, kept in pairs:
            if stream is not None:
                descriptor = stream if isinstance(stream, int) else stream.fileno()
                os.set_blocking(descriptor, False)
                selector.register(descriptor, selectors.EVENT_READ, kept)

    def _read(self, selector: selectors.BaseSelector) -> None:
        left = self._started.began + self._limits.wall - time.monotonic()
        for key, _ in selector.select(min(max(left, 0.01), POLL)):
            try:
                data = os.read(key.fd, CHUNK)
            except ConnectionResetError:  # the other end went with unread bytes in it
                data = b""
            if data:
                key.data.feed(data)
            else:
                selector.unregister(key.fd)

    def _hold_limits(self) -> None:
        if self._status is not RunStatus.EXITED:
            return
        limits, now = self._limits, time.monotonic()
        if now >= self._started.began + limits.wall:
            self._end(RunStatus.TIMEOUT, f"ended after {limits.wall:g} s")
        elif self._out.total + self._err.total > limits.flood:
            self._end(RunStatus.OUTPUT_LIMIT, f"ended after {limits.flood} bytes of output")
        elif now >= self._looked + POLL:
            self._looked = now
            self._look()

    def _look(self) -> None:
        """What costs more than a comparison: once every POLL, however fast the streams come."""
        limits, started = self._limits, self._started
        if not started.cgroup.folders:
            self._peak = max(self._peak, resident(descendants(started.first)))
        if started.cgroup.out_of_memory() or self._peak > limits.memory:
            self._end(RunStatus.MEMORY, f"ended after {limits.memory} bytes of memory")
        elif self._cancelled():
            self._end(RunStatus.SANDBOX_ERROR, "cancelled")

    def _end(self, status: RunStatus, detail: str) -> None:
        self._status, self._detail = status, detail
        self._kill()

    def _kill(self) -> None:
        self._started.process.kill()
        end_process(self._started.first_pidfd)

    def _take_down(self) -> int:
        """The exit code. bwrap may leave before the first process of its namespace does: wait for both."""
        if self._status is not RunStatus.EXITED:
            self._kill()
        try:
            code = self._started.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._end(RunStatus.SANDBOX_ERROR, "it closed its streams and did not exit")
            code = self._started.process.wait()
        if self._status is RunStatus.EXITED and self._started.cgroup.out_of_memory():
            self._status = RunStatus.MEMORY
            self._detail = f"something was ended at {self._limits.memory} bytes of memory"
        self._kill()
        with selectors.DefaultSelector() as selector:
            selector.register(self._started.first_pidfd, selectors.EVENT_READ)
            if not selector.select(GRACE):
                raise SutureError(
                    f"Process {self._started.first} of a sandbox does not end though killed; "
                    "it probably waits for a device. Look at it, and restart the machine if it stays."
                )
        return code
