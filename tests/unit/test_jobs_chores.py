"""Tidying: what ended long ago goes, what may be asked for stays, what was given up counts as failed."""

from __future__ import annotations

import sqlalchemy as sa

from bot.jobs import Submitted, ledger
from bot.jobs.blobs import Blobs
from bot.jobs.chores import tidy
from bot.jobs.engine import client, database, migrate
from bot.jobs.inbox import DurableInbox
from bot.jobs.tables import BLOBS, DELIVERIES, STOPS
from bot.records import Command
from bot.settings import Settings
from bot.step import Step
from tests.fakes.workers import RECORDS, a_job, ends_of_jobs, wait_for_end, working


def test_old_jobs_go(job_settings: Settings):
    """A job that ended goes with all its traces; one that waits stays, however old."""
    inbox = DurableInbox(job_settings)
    inbox.submit(a_job(), "g1")

    def run_job(_job: object, step: Step) -> None:
        step("act", lambda: "a result")

    with working(job_settings, run_job):
        wait_for_end(job_settings)
    inbox.submit(a_job(number=4), "g2")
    inbox.submit(a_job(number=5), "g3")
    with database(job_settings) as engine:
        asked = Command(5, 7, "octo/repo", 5, "dana", "stop", "", "2026-01-01T00:00:00Z", "g4", 1)
        assert ledger.stop(engine, asked)
        tidy(engine, keep_days=30)
        kept = len(ends_of_jobs(job_settings))
        tidy(engine, keep_days=-1)
        with engine.connect() as connection:
            left = [
                connection.execute(sa.select(sa.func.count()).select_from(one)).scalar()
                for one in (BLOBS, DELIVERIES, STOPS)
            ]
        with client(engine) as one:
            workflows = [status.workflow_id for status in one.list_workflows()]
    inbox.close()

    assert kept == 3
    assert left == [0, 0, 0]
    assert workflows == list(ends_of_jobs(job_settings)) == [f"pr:7:{one}:" + "a" * 40 for one in (4, 5)]


def test_given_up_jobs_can_be_asked_for_again(job_settings: Settings):
    """A job that the engine will not start again is failed, so that reopening reviews the head once more."""
    inbox = DurableInbox(job_settings)
    inbox.submit(a_job(), "g1")
    with database(job_settings) as engine:
        with client(engine) as one:
            one.cancel_workflow("pr:7:3:" + "a" * 40)
        before = inbox.submit(a_job(), "g2", again=True)
        tidy(engine)
    after = inbox.submit(a_job(), "g3", again=True)
    inbox.close()

    assert (before, after) == (Submitted.DUPLICATE, Submitted.NEW)


def test_a_result_that_is_used_again_is_not_old(job_settings: Settings):
    """The age of a result is that of its last use."""
    migrate(job_settings)
    with database(job_settings) as engine:
        blobs = Blobs(engine, RECORDS)
        kept = blobs.put("x")
        with engine.begin() as connection:
            connection.execute(sa.update(BLOBS).values(stored=0))
        blobs.put("x")
        tidy(engine)

        assert blobs.get(kept) == "x"
