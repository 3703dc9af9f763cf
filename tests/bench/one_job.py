"""A worker that carries out one job and prints what it took, for `tests.bench.one_pull_request`."""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from pathlib import Path

from bot.jobs.inbox import DurableInbox
from bot.jobs.worker import run_worker
from bot.records import Job
from bot.service import failure_teller, job_runner
from bot.settings import read_settings
from bot.step import Step
from tests.fakes.workers import RECORDS


def main() -> None:
    """Read a job as JSON from stdin; the settings come from the environment, as a worker's do."""
    settings = read_settings()
    job, done, marks = Job(**json.load(sys.stdin)), threading.Event(), list[tuple[float, float, float]]()
    with_all = job_runner(settings)
    inbox = DurableInbox(settings)
    inbox.submit(job, job.delivery)
    inbox.close()

    def run_job(job: Job, step: Step) -> None:
        marks.append((cpu(), time.thread_time(), time.monotonic()))
        try:
            with_all(job, step)
        finally:
            marks.append((cpu(), time.thread_time(), time.monotonic()))
            done.set()

    run_worker(settings, run_job, tell=failure_teller(settings), records=RECORDS, stop=done)

    (cpu_before, thread_before, began), (cpu_after, thread_after, ended) = marks
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    json.dump(
        {
            "start_cpu_seconds": cpu_before,
            "job_cpu_seconds": thread_after - thread_before,
            "other_threads_cpu_seconds": cpu_after - cpu_before - (thread_after - thread_before),
            "sandbox_and_git_cpu_seconds": children.ru_utime + children.ru_stime,
            "peak_mb": peak_kb() / 1024,
            "wall_seconds": ended - began,
        },
        sys.stdout,
    )


def cpu() -> float:
    """Seconds of processor time of this process so far, its children's left out."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def peak_kb() -> int:
    """The most memory this process ever held. `ru_maxrss` would count its parent's, from before the exec."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
