"""Carries out one job in this process and prints what it took, for `tests.bench.one_pull_request`."""

from __future__ import annotations

import json
import resource
import sys
import time

from bot.records import Job
from bot.service import job_runner
from bot.settings import read_settings
from bot.step import straight


def main() -> None:
    """Read a job as JSON from stdin; the settings come from the environment, as a worker's do."""
    job = Job(**json.load(sys.stdin))
    run_job = job_runner(read_settings())
    loaded, began = cpu(), time.monotonic()

    run_job(job, straight)

    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    json.dump(
        {
            "start_cpu_seconds": loaded,
            "cpu_seconds": cpu() - loaded,
            "wall_seconds": time.monotonic() - began,
            "sandbox_and_git_cpu_seconds": children.ru_utime + children.ru_stime,
            "peak_mb": own.ru_maxrss / 1024,
        },
        sys.stdout,
    )


def cpu() -> float:
    """Seconds of processor time of this process so far, its children's left out."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


if __name__ == "__main__":
    main()
