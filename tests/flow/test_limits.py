"""GitHub's limits of calls: what one worker finds out holds for all, and no job is lost by it."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.errors import ForgeUnavailable
from bot.forge.api import RateLimitedError
from bot.forge.app_auth import Tokens
from bot.forge.github import GitHubForge
from bot.jobs.engine import database, migrate
from bot.jobs.inbox import DurableInbox
from bot.jobs.limits import SharedLimit
from bot.records import Job
from bot.settings import Settings
from bot.step import Step
from tests.fakes.published import Scene, scene
from tests.fakes.workers import a_job, ends_of_jobs, wait_for_end, wait_until, working

A = "pr:7:3:" + "a" * 40


def calls(there: Scene) -> int:
    return len(there.state.journal.entries)


def test_all_workers_heed_what_one_was_told(tmp_path: Path):
    """Told to wait, nobody calls for this installation any more; a job waits, of others nobody does."""
    with scene(tmp_path) as there:
        settings = replace(there.settings, data=tmp_path / "jobs")
        migrate(settings)
        with database(settings) as one, database(settings) as other:
            first, second = (
                GitHubForge(
                    there.job(),
                    there.settings,
                    Tokens(there.settings, limit_of=partial(SharedLimit, engine)),
                )
                for engine in (one, other)
            )
            there.state.faults.secondary_limit("GET", r"/repos/.*/pulls", retry_after=3600)
            with pytest.raises(RateLimitedError, match="3600 seconds"):
                first.collect()
            before = calls(there)
            with pytest.raises(ForgeUnavailable, match="asks to wait"):
                second.collect()

            assert calls(there) == before
            assert SharedLimit(other, there.job().installation_id).begins_at() > time.time() + 3000
            assert SharedLimit(other, there.job().installation_id + 1).begins_at() == 0


def test_the_last_calls_are_for_what_is_under_way(tmp_path: Path):
    """With little left of the hour's calls, running jobs go on, and others wait for the next hour."""
    with scene(tmp_path) as there:
        settings = replace(there.settings, data=tmp_path / "jobs")
        migrate(settings)
        with database(settings) as engine:
            limit = SharedLimit(engine, there.job().installation_id)
            tokens = Tokens(there.settings, limit_of=lambda _number: limit)
            there.state.rate_limit = 100
            for token in there.state.tokens.values():
                token.used = 0
            forge = GitHubForge(there.job(), there.settings, tokens)
            forge.collect()
            assert limit.begins_at() <= time.time()
            for token in there.state.tokens.values():
                token.used = 91
            forge.collect()
            assert limit.opens_at() <= time.time() < limit.begins_at() <= time.time() + 3601
            other = SharedLimit(engine, there.job().installation_id)
            assert other.begins_at() == limit.begins_at()


def test_a_job_waits_for_the_next_calls(sqlite_settings: Settings):
    """Before GitHub takes calls again nothing is begun; then the same head is, as another attempt."""
    inbox = DurableInbox(sqlite_settings)
    inbox.submit(a_job(), "g1")
    inbox.submit(a_job(installation_id=6, repository_id=8), "g2")
    inbox.close()
    ran: list[tuple[int, int]] = []
    with database(sqlite_settings) as engine:
        SharedLimit(engine, 5).run_low(time.time() + 1.5)

        with working(sqlite_settings, lambda job, step: ran.append((job.repository_id, job.attempt))):
            wait_until(lambda: len(ran) == 2)
            wait_for_end(sqlite_settings)

    assert ran == [(8, 1), (7, 2)]
    assert ends_of_jobs(sqlite_settings)[A] == "postponed"
    assert ends_of_jobs(sqlite_settings)[f"{A}:2"] == "done"


def test_a_job_that_met_the_limit(sqlite_settings: Settings):
    """One that fails while GitHub takes no calls is begun anew when it does."""
    inbox = DurableInbox(sqlite_settings)
    inbox.submit(a_job(), "g1")
    inbox.close()
    with database(sqlite_settings) as engine:
        limit = SharedLimit(engine, 5)

        def run_job(job: Job, step: Step) -> None:
            if job.attempt == 1:
                limit.close(time.time() + 1.0)
                raise RateLimitedError("GitHub asks to wait.")

        with working(sqlite_settings, run_job):
            wait_for_end(sqlite_settings)

    assert ends_of_jobs(sqlite_settings) == {A: "postponed", f"{A}:2": "done"}
