"""The inbox: which delivery becomes a job, over both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.errors import SettingsError
from bot.jobs import DatabaseUnavailable, Submitted
from bot.jobs.engine import database, migrate
from bot.jobs.inbox import DurableInbox
from bot.jobs.ledger import End, record_end
from bot.records import ClosedPull
from bot.settings import Settings
from tests.fakes.postgres import free_port
from tests.fakes.workers import a_job, ends_of_jobs

NEW, DUPLICATE, STALE = Submitted.NEW, Submitted.DUPLICATE, Submitted.STALE
A, B = "pr:7:3:" + "a" * 40, "pr:7:3:" + "b" * 40


@pytest.fixture
def inbox(job_settings: Settings) -> Iterator[DurableInbox]:
    one = DurableInbox(job_settings)
    yield one
    one.close()


def end(settings: Settings, workflow: str, how: End) -> None:
    with database(settings) as engine:
        record_end(engine, workflow, how)


def test_a_delivery_starts_one_job(inbox: DurableInbox, job_settings: Settings):
    """The same GUID, or the same head, is stored once; over restarts too."""
    assert inbox.submit(a_job(), "g1") == NEW
    assert inbox.submit(a_job(), "g1") == DUPLICATE
    inbox.close()
    assert inbox.submit(a_job("b"), "g1") == DUPLICATE
    assert inbox.submit(a_job(), "g2", again=True) == DUPLICATE
    assert ends_of_jobs(job_settings) == {A: None}


@pytest.mark.parametrize(
    ("ended", "again", "answer"),
    [
        (End.DONE, True, DUPLICATE),
        (End.DONE, False, DUPLICATE),
        (End.FAILED, True, NEW),
        (End.FAILED, False, DUPLICATE),
        (End.SUPERSEDED, True, NEW),
    ],
)
def test_asking_again(
    inbox: DurableInbox, job_settings: Settings, ended: End, again: bool, answer: Submitted
):
    """A head is taken up once more only when it is asked for and its last attempt did not finish."""
    inbox.submit(a_job(), "g1")
    end(job_settings, A, ended)

    assert inbox.submit(a_job(), "g2", again=again) == answer
    assert len(ends_of_jobs(job_settings)) == (2 if answer == NEW else 1)


def test_back_to_an_earlier_head(inbox: DurableInbox, job_settings: Settings):
    """A force push back to a head that was cut short reviews it; to a reviewed one, only stops the rest."""
    inbox.submit(a_job("a"), "g1")
    inbox.submit(a_job("b"), "g2")
    end(job_settings, A, End.SUPERSEDED)

    assert inbox.submit(a_job("a"), "g3") == NEW
    end(job_settings, A + ":2", End.DONE)
    assert inbox.submit(a_job("b"), "g4") == NEW
    assert inbox.submit(a_job("a"), "g5") == DUPLICATE
    assert list(ends_of_jobs(job_settings)) == [A, B, A + ":2", B + ":2"]


def test_a_pull_request_that_is_opened_again(inbox: DurableInbox, job_settings: Settings):
    """Its reviewed head is reviewed anew, since what was made for the review was taken away."""
    inbox.submit(a_job(), "g1")
    end(job_settings, A, End.DONE)
    inbox.end(ClosedPull(5, 7, "octo/repo", 3, "g2"))

    assert inbox.submit(a_job(), "g3", again=True) == NEW
    assert list(ends_of_jobs(job_settings)) == [A, A + ":2"]


def test_late_deliveries(inbox: DurableInbox, job_settings: Settings):
    """What GitHub says changed earlier takes nobody's place, however late it arrives."""
    inbox.submit(a_job("b"), "g1", changed_at="2026-01-01T00:00:09Z")

    assert inbox.submit(a_job("a"), "g2", changed_at="2026-01-01T00:00:08Z") == STALE
    assert inbox.cancel(7, 3, "g3", changed_at="2026-01-01T00:00:08Z") == STALE
    assert inbox.cancel(7, 3, "g4", changed_at="2026-01-01T00:00:09Z") == NEW
    assert list(ends_of_jobs(job_settings)) == [B]


def test_cancelling_what_nobody_asked_for(inbox: DurableInbox, job_settings: Settings):
    """Closing a pull request that was never reviewed is fine, once."""
    assert inbox.cancel(7, 99, "g1") == NEW
    assert inbox.cancel(7, 99, "g1") == DUPLICATE
    assert ends_of_jobs(job_settings) == {}


def test_many_at_once(inbox: DurableInbox, job_settings: Settings):
    """Of one delivery that many threads bring, one is new; different ones are all stored."""
    answers: list[Submitted] = []
    start = threading.Barrier(8)

    def bring(thread: int) -> None:
        start.wait()
        for number in range(5):
            answers.append(inbox.submit(a_job(number=100 + number), f"same-{number}"))
            answers.append(inbox.submit(a_job(number=1000 * (thread + 1) + number), f"own-{thread}-{number}"))

    threads = [threading.Thread(target=bring, args=(one,)) for one in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert answers.count(NEW) == 5 + 40
    assert answers.count(DUPLICATE) == 35
    assert len(ends_of_jobs(job_settings)) == 45


def test_one_head_by_many_deliveries_at_once(inbox: DurableInbox, job_settings: Settings):
    """Whichever of them is first becomes the job; the others are answered, and none is an error."""
    answers: list[Submitted] = []
    start = threading.Barrier(8)

    def bring(thread: int) -> None:
        start.wait()
        jobs = ((number, a_job(number=number)) for number in range(5))
        answers.extend(inbox.submit(job, f"guid-{thread}-{number}") for number, job in jobs)

    threads = [threading.Thread(target=bring, args=(one,)) for one in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert (answers.count(NEW), answers.count(DUPLICATE)) == (5, 35)
    assert len(ends_of_jobs(job_settings)) == 5


def test_tables_are_made_by_many_at_once(job_settings: Settings):
    """Web and workers may start at the same moment on an empty database."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            migrate(job_settings)
        except BaseException as exc:  # noqa: BLE001  (told below)
            failed.append(exc)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert failed == []


def test_no_database(sqlite_settings: Settings):
    """Without a database nothing is stored, and the error names neither user nor password."""
    url = f"postgresql://somebody:hush@127.0.0.1:{free_port()}/suture"
    inbox = DurableInbox(replace(sqlite_settings, database_url=url))

    with pytest.raises(DatabaseUnavailable) as raised:
        inbox.submit(a_job(), "g1")

    assert "hush" not in str(raised.value)
    assert len(inbox.problems()) == 1


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "nonsense"])
def test_urls_that_are_none(sqlite_settings: Settings, url: str):
    """A database that the jobs cannot be kept in is named at the start."""
    with pytest.raises(SettingsError, match="SUTURE_DATABASE_URL"):
        DurableInbox(replace(sqlite_settings, database_url=url)).submit(a_job(), "g1")


def test_every_sqlite_tells_the_time_as_the_engine_asks_it(sqlite_settings: Settings):
    """Before 3.42 SQLite answers NULL, which the engine's tables refuse on Python 3.12 and newer."""
    migrate(sqlite_settings)
    with database(sqlite_settings) as engine, engine.connect() as connection:
        told = connection.execute(sa.text("SELECT unixepoch('subsec'), unixepoch()")).one()

    assert all(isinstance(seconds, int | float) and seconds > 0 for seconds in told)
