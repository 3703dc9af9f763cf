"""`kill -9` of the worker at every boundary of every step: the next goes on, and nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bot.jobs.inbox import DurableInbox
from bot.settings import Settings
from tests.fakes.marker_job import STEPS
from tests.fakes.workers import a_job, ends_of_jobs

ROOT = Path(__file__).parents[2]
MARKERS = [
    "collect after a",
    "review after collect",
    "reproduce after review",
    "fix after reproduce",
    "publish after fix",
]


def run_mortal_worker(settings: Settings, folder: Path, kill_at: int, phase: str) -> int:
    argv = ["--run", "tests.fakes.marker_job:run_job", "--kill-at", str(kill_at), "--phase", phase]
    environment = {
        "PATH": os.environ["PATH"],
        "SUTURE_DATA": str(settings.data),
        "SUTURE_DATABASE_URL": settings.database_url,
        "MARKER_FOLDER": str(folder),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.fakes.mortal_worker", *argv],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode


def submit(settings: Settings) -> None:
    inbox = DurableInbox(settings)
    inbox.submit(a_job(), "g1")
    inbox.close()


@pytest.mark.parametrize("phase", ["before", "after", "checkpointed"])
def test_killed_at_every_step(job_settings: Settings, tmp_path: Path, phase: str):
    """Killed at the first step, then at the second, …: the end is that of a run without a crash."""
    submit(job_settings)

    codes = [run_mortal_worker(job_settings, tmp_path, number, phase) for number in range(1, len(STEPS) + 1)]
    codes.append(run_mortal_worker(job_settings, tmp_path, 0, phase))

    assert codes == [-signal.SIGKILL] * len(STEPS) + [0]
    assert list(ends_of_jobs(job_settings).values()) == ["done"]
    assert (tmp_path / "markers").read_text().splitlines() == MARKERS
    # Only a step whose result was not kept yet is carried out again.
    calls = Counter((tmp_path / "calls").read_text().splitlines())
    assert calls == Counter(dict.fromkeys(STEPS, 2 if phase == "after" else 1))


@pytest.mark.parametrize("phase", ["before", "after", "checkpointed"])
def test_killed_once(sqlite_settings: Settings, tmp_path: Path, phase: str):
    """Killed in the middle only, with a delivery sent again before the restart: the same end state."""
    submit(sqlite_settings)

    killed = run_mortal_worker(sqlite_settings, tmp_path, 3, phase)
    submit(sqlite_settings)
    ended = run_mortal_worker(sqlite_settings, tmp_path, 0, phase)

    assert (killed, ended) == (-signal.SIGKILL, 0)
    assert list(ends_of_jobs(sqlite_settings).values()) == ["done"]
    assert (tmp_path / "markers").read_text().splitlines() == MARKERS
