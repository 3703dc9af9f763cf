"""Jobs of workers that are no more, of this version and of others: whoever comes next takes them up."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path

import pytest
import sqlalchemy as sa
from dbos import EnqueueOptions

from bot.jobs import ledger
from bot.jobs.engine import JOBS_VERSION, client, database, migrate
from bot.jobs.inbox import DurableInbox
from bot.jobs.orphans import Pulse
from bot.jobs.tables import WORKERS
from bot.records import Command, Job
from bot.settings import Settings
from bot.step import Step
from tests.fakes.workers import a_job, ends_of_jobs, wait_for_end, wait_until, working

ROOT = Path(__file__).parents[2]
A = "pr:7:3:" + "a" * 40
QUICK = Pulse(beat=0.2, silence=2.0)


def submit(settings: Settings, *jobs: Job) -> None:
    inbox = DurableInbox(settings)
    for job in jobs:
        inbox.submit(job, f"guid {job.number}")
    inbox.close()


def left_in_the_middle(settings: Settings, acts: list[str]) -> None:
    """A worker stops behind the first of a job's two steps."""
    begun, go_on = threading.Event(), threading.Event()

    def run_job(job: Job, step: Step) -> None:
        step("first", lambda: acts.append("first"))
        begun.set()
        step("wait", lambda: go_on.wait(60) and None)
        step("second", lambda: acts.append("second"))

    with working(settings, run_job):
        assert begun.wait(60)
        threading.Timer(0.3, go_on.set).start()
    assert acts == ["first"]


def whose(settings: Settings, executor: str, version: str, *, status: str = "PENDING") -> None:
    """Let what runs be another worker's."""
    table = "workflow_status" if not settings.database_url else "dbos.workflow_status"
    with database(settings) as engine, engine.begin() as connection:
        statement = (
            f"UPDATE {table} SET executor_id = :executor, application_version = :version, "  # noqa: S608
            "status = :status WHERE status IN ('PENDING', 'ENQUEUED')"
        )
        values = {"executor": executor, "version": version, "status": status}
        changed = connection.execute(sa.text(statement), values)
        assert changed.rowcount == 1


def go_on(acts: list[str]) -> object:
    def run_job(_job: Job, step: Step) -> None:
        step("first", lambda: acts.append("first"))
        step("wait", lambda: None)
        step("second", lambda: acts.append("second"))

    return run_job


def test_a_worker_that_died_on_another_machine(sqlite_settings: Settings):
    """Its job goes on behind the last step that was kept, in another worker's hands."""
    acts: list[str] = []
    submit(sqlite_settings, a_job())
    left_in_the_middle(sqlite_settings, acts)
    whose(sqlite_settings, "gone-0", JOBS_VERSION)

    with working(sqlite_settings, go_on(acts), pulse=QUICK):  # type: ignore[arg-type]
        assert wait_for_end(sqlite_settings) == {A: "done"}

    assert acts == ["first", "second"]


@pytest.mark.parametrize("status", ["PENDING", "ENQUEUED"])
def test_a_job_of_an_older_version(sqlite_settings: Settings, status: str):
    """It begins anew, in the version that is there, under its own name."""
    acts: list[str] = []
    submit(sqlite_settings, a_job())
    left_in_the_middle(sqlite_settings, acts)
    whose(sqlite_settings, "local-0", "2", status=status)

    with working(sqlite_settings, go_on(acts), pulse=QUICK):  # type: ignore[arg-type]
        assert wait_for_end(sqlite_settings) == {A: "done"}

    assert acts == ["first", "first", "second"]


def test_while_the_older_worker_lives(sqlite_settings: Settings):
    """A rolling upgrade: what it has under way is its own; new jobs are the new version's."""
    acts: list[str] = []
    submit(sqlite_settings, a_job())
    left_in_the_middle(sqlite_settings, acts)
    whose(sqlite_settings, "other-0", "2")
    with database(sqlite_settings) as engine, engine.begin() as connection:
        connection.execute(sa.insert(WORKERS).values(executor="other-0", version="2", seen=1e12))
    submit(sqlite_settings, a_job(number=4))

    with working(sqlite_settings, go_on(acts), pulse=Pulse(beat=0.2, silence=0.4)):  # type: ignore[arg-type]
        wait_until(lambda: list(ends_of_jobs(sqlite_settings).values()) == [None, "done"])
        submit(sqlite_settings, a_job(number=5))
        wait_until(lambda: list(ends_of_jobs(sqlite_settings).values()) == [None, "done", "done"])

    assert acts == ["first"] + ["first", "second"] * 2


def test_a_restart_that_was_cut_short(sqlite_settings: Settings):
    """Who cancelled an old job to begin it anew, and died at that, has lost nothing."""
    acts: list[str] = []
    submit(sqlite_settings, a_job())
    left_in_the_middle(sqlite_settings, acts)
    whose(sqlite_settings, "local-0", "2")
    with database(sqlite_settings) as engine, client(engine) as one:
        one.cancel_workflow(A)

    with working(sqlite_settings, go_on(acts), pulse=QUICK):  # type: ignore[arg-type]
        assert wait_for_end(sqlite_settings) == {A: "done"}


def test_back_to_an_older_version(sqlite_settings: Settings):
    """When the newer one's workers are gone, new jobs are for those that are there."""
    with database(sqlite_settings):
        submit(sqlite_settings, a_job())
    with working(sqlite_settings, lambda _job, _step: None):
        wait_for_end(sqlite_settings)
    with database(sqlite_settings) as engine, engine.begin() as connection:
        newer = sa.text(
            "INSERT INTO application_versions (version_id, version_name, version_timestamp, created_at)"
            " SELECT 'x', '99', version_timestamp + 1, created_at FROM application_versions"
        )
        connection.execute(newer)
    submit(sqlite_settings, a_job(number=4))

    with working(sqlite_settings, lambda _job, _step: None, pulse=QUICK):
        assert set(wait_for_end(sqlite_settings).values()) == {"done"}


def test_a_command_as_an_earlier_version_stored_it(sqlite_settings: Settings):
    """Commands in the queue that was not parted by installations are carried out too."""
    asked = Command(5, 7, "octo/repo", 3, "dana", "review", "", "", "d1")
    obeyed: list[str] = []
    migrate(sqlite_settings)
    options: EnqueueOptions = {
        "workflow_name": "command",
        "queue_name": "commands",
        "workflow_id": "command:d1",
    }
    with database(sqlite_settings) as engine, client(engine) as one:
        one.enqueue(options, asdict(asked))

    def run_command(asked: Command, _desk: object) -> None:
        obeyed.append(asked.delivery)

    with working(sqlite_settings, lambda _job, _step: None, run_command=run_command):
        wait_until(lambda: obeyed == ["d1"])


def test_two_workers_and_one_is_killed(postgres: str, tmp_path: Path):
    """Of two workers on one database, one is killed with jobs in flight: the other does all, once each."""
    settings = Settings(data=tmp_path / "data", database_url=f"{postgres}suture_two_{os.getpid()}")
    submit(settings, *(a_job(number=number, installation_id=number) for number in range(1, 9)))
    log = tmp_path / "log"
    environment = {
        "PATH": os.environ["PATH"],
        "SUTURE_DATA": str(settings.data),
        "SUTURE_DATABASE_URL": settings.database_url,
        "WORK_LOG": str(log),
    }
    command = [sys.executable, "-m", "tests.fakes.slow_worker"]
    workers = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(2)]
    try:
        wait_until(lambda: in_flight(log, workers[0].pid) > 0)
        workers[0].kill()
        with database(settings) as engine:
            wait_until(lambda: set(ledger.ends(engine).values()) == {"done"}, 120)
    finally:
        for one in workers:
            one.kill()
            one.wait()
    done = [line.split()[2] for line in log.read_text().splitlines() if line.split()[1] == "done"]
    assert sorted(done) == [str(number) for number in range(1, 9)]


def in_flight(log: Path, pid: int) -> int:
    """How many jobs this process has begun and not done."""
    lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
    mine = [what for whose, what, _ in lines if whose == str(pid)]
    return mine.count("begun") - mine.count("done")
