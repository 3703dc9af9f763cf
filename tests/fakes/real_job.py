"""The worker's real job, for `tests.fakes.mortal_worker`."""

from __future__ import annotations

from bot.records import Job
from bot.service import job_runner
from bot.settings import read_settings
from bot.step import Step


def run_job(job: Job, step: Step) -> None:
    """The whole pipeline, from GitHub to GitHub, on the settings of the environment."""
    job_runner(read_settings())(job, step)
