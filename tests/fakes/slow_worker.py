"""A worker whose jobs take a while, and are noted when they begin and when they are done.

python -m tests.fakes.slow_worker
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from bot.jobs.orphans import Pulse
from bot.jobs.worker import run_worker
from bot.records import Job
from bot.settings import read_settings
from bot.step import Step
from tests.fakes.workers import QUICK, RECORDS


def run_job(job: Job, step: Step) -> None:
    step("begin", lambda: note("begun", job.number))
    step("wait", lambda: time.sleep(0.5))
    step("end", lambda: note("done", job.number))


def note(what: str, number: int) -> None:
    with Path(os.environ["WORK_LOG"]).open("a", encoding="utf-8") as log:
        log.write(f"{os.getpid()} {what} {number}\n")


if __name__ == "__main__":
    run_worker(read_settings(), run_job, records=RECORDS, patience=QUICK, pulse=Pulse(0.3, 3.0))
