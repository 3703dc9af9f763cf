"""What a command does to the jobs, over both databases: each act has its effect once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.jobs.desk import Desk
from bot.jobs.engine import database, migrate
from bot.jobs.inbox import DurableInbox
from bot.jobs.ledger import End, record_end
from bot.records import Command
from bot.settings import Settings
from tests.fakes.workers import a_job, ends_of_jobs

A, B = "pr:7:3:" + "a" * 40, "pr:7:3:" + "b" * 40
ASKED = Command(5, 7, "octo/repo", 3, "dana", "review", "", "2026-01-01T00:00:05Z", "d" * 64, 11)


def review(settings: Settings, asked: Command = ASKED, head: str = "a") -> bool:
    with database(settings) as engine:
        return Desk(engine, asked).review(head * 40)


def opened(settings: Settings, changed_at: str = "2026-01-01T00:00:01Z") -> None:
    inbox = DurableInbox(settings)
    inbox.submit(a_job(), "g1", changed_at=changed_at)
    inbox.close()


def ended(settings: Settings, workflow: str, how: End = End.DONE) -> None:
    with database(settings) as engine:
        record_end(engine, workflow, how)


@pytest.mark.parametrize("how", End)
def test_whatever_the_end(job_settings: Settings, how: End):
    """A head is reviewed again however its last review ended, and once by one command."""
    opened(job_settings)
    ended(job_settings, A, how)

    assert review(job_settings)
    assert ends_of_jobs(job_settings) == {A: how, f"{A}:2": None}
    ended(job_settings, f"{A}:2")
    assert review(job_settings)
    assert len(ends_of_jobs(job_settings)) == 2
    assert review(job_settings, replace(ASKED, delivery="another"))
    assert f"{A}:3" in ends_of_jobs(job_settings)


def test_while_one_is_under_way(job_settings: Settings):
    """It is said that there is one; asked anew when that has ended, it is another matter."""
    opened(job_settings)

    assert not review(job_settings)
    assert not review(job_settings)
    assert ends_of_jobs(job_settings) == {A: None}
    ended(job_settings, A)
    assert review(job_settings)


@pytest.mark.parametrize("changed_at", ["2026-01-01T00:00:01Z", "2026-01-01T00:00:09Z"])
def test_a_head_nobody_heard_of(job_settings: Settings, changed_at: str):
    """The head is what GitHub says now, whatever deliveries are still under way or came before.

    Asked for by a person it is an attempt after the first, in which everything is looked at.
    """
    opened(job_settings, changed_at)

    assert review(job_settings, head="b")
    assert ends_of_jobs(job_settings) == {A: None, f"{B}:2": None}


def test_a_pull_request_nobody_heard_of(job_settings: Settings):
    """A button has no time, and nothing has to have been asked before."""
    migrate(job_settings)

    assert review(job_settings, replace(ASKED, asked_at=""))
    assert ends_of_jobs(job_settings) == {f"{A}:2": None}
