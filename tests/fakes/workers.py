"""A worker in a thread of the test, and waiting for what it does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import bot.forge.writes
import bot.records
from bot.jobs import ledger
from bot.jobs.engine import database, migrate
from bot.jobs.orphans import Pulse
from bot.jobs.patience import Patience
from bot.jobs.worker import Proofs, RunClose, RunCommand, RunGroup, RunJob, Tell, run_worker
from bot.records import Job
from bot.settings import Settings

RECORDS = (bot.records, bot.forge.writes)
QUICK = Patience(tries=3, pause=0.01)


def a_job(head: str = "a", **facts: object) -> Job:
    """A job for the head of forty times that letter."""
    values: dict[str, object] = {
        "installation_id": 5,
        "repository_id": 7,
        "repository": "octo/repo",
        "number": 3,
        "delivery": "guid",
        **facts,
    }
    return Job(head_sha=head * 40, **values)  # type: ignore[arg-type]


@contextmanager
def working(
    settings: Settings,
    run_job: RunJob,
    tell: Tell = lambda _job: None,
    run_command: RunCommand = lambda _asked, _desk: None,
    run_close: RunClose = lambda _closed: None,
    run_group: RunGroup = lambda _group: None,
    proofs: Proofs = Proofs(),  # noqa: B008  (a frozen record)
    pulse: Pulse = Pulse(),  # noqa: B008  (a frozen record)
) -> Iterator[None]:
    """A worker runs within the block, and has ended without leaving anything running after it."""
    stop = threading.Event()
    ended: list[bool] = []
    thread = threading.Thread(
        target=lambda: ended.append(
            run_worker(
                settings,
                run_job,
                tell=tell,
                run_command=run_command,
                run_close=run_close,
                run_group=run_group,
                proofs=proofs,
                records=RECORDS,
                stop=stop,
                patience=QUICK,
                pulse=pulse,
                grace=10,
            )
        )
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert ended == [True]


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Return once `holds()`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def ends_of_jobs(settings: Settings) -> dict[str, str | None]:
    """How each job ended, by the workflow's id; None for one that has not."""
    migrate(settings)
    with database(settings) as engine:
        return ledger.ends(engine)


def wait_for_end(settings: Settings) -> dict[str, str | None]:
    """How each job ended, once all have."""
    with database(settings) as engine:
        wait_until(lambda: None not in ledger.ends(engine).values())
        return ledger.ends(engine)
