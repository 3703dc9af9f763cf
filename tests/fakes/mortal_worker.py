"""A worker that kills itself at a chosen boundary of a step.

    python -m tests.fakes.mortal_worker --run MODULE:FUNCTION --kill-at N --phase before|after|checkpointed

Works on the settings of its environment and ends, with exit code 0, once every stored job has. `--kill-at`
counts the steps this process comes to, those whose result was kept before included; 0 kills nothing. The act
of a step whose result was kept is not carried out, so there `before` and `after` come to nothing.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import NoReturn, TypeVar

from bot.jobs import ledger
from bot.jobs.engine import database
from bot.jobs.worker import RunJob, run_worker
from bot.log import start_logging
from bot.records import Job
from bot.settings import Settings, read_settings
from bot.step import Step, cancelled_for
from tests.fakes.workers import QUICK, RECORDS

T = TypeVar("T")


class MortalStep:
    """A step that ends the process at one place, as `kill -9` does."""

    def __init__(self, step: Step, kill_at: int, phase: str) -> None:
        self._step = step
        self._kill_at = kill_at
        self._phase = phase
        self._count = 0
        self.cancelled = cancelled_for(step)

    def __call__(self, name: str, act: Callable[[], T]) -> T:
        self._count += 1
        dies_in = self._phase if self._count == self._kill_at else ""

        def mortal_act() -> T:
            if dies_in == "before":
                die()
            result = act()
            if dies_in == "after":
                die()
            return result

        result = self._step(name, mortal_act)
        if dies_in == "checkpointed":
            die()
        return result


def die() -> NoReturn:
    """End this process without a chance to do anything."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", required=True)
    parser.add_argument("--kill-at", type=int, default=0)
    parser.add_argument("--phase", choices=["before", "after", "checkpointed"], default="before")
    args = parser.parse_args(argv)
    module, _, function = args.run.partition(":")
    run_job: RunJob = getattr(importlib.import_module(module), function)

    def run_mortal(job: Job, step: Step) -> None:
        run_job(job, MortalStep(step, args.kill_at, args.phase))

    start_logging()
    settings = read_settings()
    stop = threading.Event()
    threading.Thread(target=stop_when_idle, args=(settings, stop), daemon=True).start()
    ended = run_worker(settings, run_mortal, records=RECORDS, stop=stop, patience=QUICK)
    return 0 if ended else 1


def stop_when_idle(settings: Settings, stop: threading.Event) -> None:
    """Set `stop` once no stored job waits or runs."""
    with database(settings) as engine:
        while None in ledger.ends(engine).values():
            stop.wait(0.05)
    stop.set()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
