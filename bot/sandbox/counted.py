"""A sandbox whose runs are counted and traced."""

from __future__ import annotations

from collections.abc import Callable

from bot.metrics import SANDBOX_RUNS, SANDBOX_SECONDS
from bot.sandbox import Capabilities, Command, Execution, Sandbox
from bot.step import never
from bot.tracing import span


class Counted:
    """The `Sandbox` within, run by run."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.name = sandbox.name

    def check(self) -> Capabilities:
        return self._sandbox.check()

    def run(self, command: Command, cancelled: Callable[[], bool] = never) -> Execution:
        with span("sandbox run", sandbox=self.name):
            ended = self._sandbox.run(command, cancelled)
        SANDBOX_RUNS.labels(ended.status.value).inc()
        SANDBOX_SECONDS.inc(ended.seconds)
        return ended

    def sweep(self) -> None:
        self._sandbox.sweep()
