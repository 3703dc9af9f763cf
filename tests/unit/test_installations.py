"""Installations: what GitHub tells of them decides who may ask for reviews, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.demo.github import (
    accept_permissions,
    choose_repositories,
    comment,
    push_files,
    suspend,
    uninstall,
)
from bot.forge.installations import reconcile
from bot.jobs import ledger
from bot.jobs.dismissals import Dismissals
from bot.jobs.engine import client as engine_client
from bot.jobs.engine import database
from bot.jobs.erase import erase_uninstalled, erased
from bot.jobs.inbox import DurableInbox
from bot.jobs.ledger import End, record_end, record_stop
from bot.jobs.tables import BLOBS, INSTALLATIONS, METADATA, REPOSITORIES, SPENDING, STOPS
from bot.records import Dismissal, Job
from bot.settings import Secret, Settings
from bot.step import Step
from tests.fakes.octo import World, world
from tests.fakes.workers import a_job, ends_of_jobs, wait_for_end, working
from webhooks import create_app


class House:
    """The receiver over its inbox, and GitHub, whose deliveries are brought one by one."""

    def __init__(self, there: World, settings: Settings) -> None:
        self.there = there
        self.settings = replace(
            settings,
            webhook_secrets=(Secret(there.app.webhook_secret),),
            app_id=there.app.client_id,
            private_key=Secret(there.app.private_key),
            github_api_url=there.state.api,
            allowed_accounts=settings.allowed_accounts,
        )
        self.inbox = DurableInbox(self.settings)
        self.client: FlaskClient = create_app(self.settings, self.inbox).test_client()
        self._brought = 0

    def bring(self) -> list[tuple[str, str]]:
        """Hand over the deliveries that are new; (event and action, what became of it) of each."""
        new = self.there.state.hooks.deliveries[self._brought :]
        self._brought += len(new)
        answers = []
        for one in new:
            answer = self.client.post("/webhooks/github", data=one.body, headers=one.headers())
            assert answer.status_code == 202, answer.text
            answers.append((f"{one.event}.{one.action}", str((answer.json or {})["status"])))
        return answers

    def push(self, text: str) -> None:
        push_files(self.there.state, self.there.repository, "feature", {"app.py": text})

    def ends(self) -> list[str | None]:
        return list(ends_of_jobs(self.settings).values())

    def rows(self, table: sa.Table) -> list[dict[str, object]]:
        with database(self.settings) as engine, engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@pytest.fixture
def house(there: World, sqlite_settings: Settings) -> Iterator[House]:
    made = House(there, sqlite_settings)
    yield made
    made.inbox.close()


def stopped(house: House) -> list[str | None]:
    """How the jobs end when a worker comes to them."""
    with working(house.settings, lambda _job, step: step("act", lambda: None)):
        wait_for_end(house.settings)
    return house.ends()


def test_installed(house: House):
    """Account and permissions are known from the first delivery on; the other events are heeded."""
    assert house.bring() == [
        ("installation.created", "recorded"),
        ("push.", "ignored"),
        ("pull_request.opened", "accepted"),
    ]
    (row,) = house.rows(INSTALLATIONS)
    assert (row["account"], row["state"]) == ("acme", "active")
    assert '"contents": "write"' in str(row["permissions"])


def test_suspended_and_back(house: House):
    """What waits ends, and nothing is stored, until the owner lets the App work again."""
    house.bring()
    suspend(house.there.state, house.there.installation)
    house.there.installation.suspended_at = None  # so that a delivery that was under way comes late
    house.push("late\n")
    comment(house.there.state, house.there.pull, "/suture review")

    assert house.bring() == [
        ("installation.suspend", "recorded"),
        ("push.", "ignored"),
        ("pull_request.synchronize", "ignored"),
        ("issue_comment.created", "ignored"),
    ]
    assert stopped(house) == ["superseded"]
    suspend(house.there.state, house.there.installation, suspended=False)
    house.push("again\n")
    assert house.bring()[-1] == ("pull_request.synchronize", "accepted")


def test_deliveries_in_any_order(house: House):
    """A suspension that comes late does not undo what came after it; an uninstalled id never comes back."""
    house.bring()
    state, installation = house.there.state, house.there.installation
    suspend(state, installation)
    state.clock_offset += timedelta(minutes=1)
    suspend(state, installation, suspended=False)
    deliveries = state.hooks.deliveries
    deliveries[-2:] = reversed(deliveries[-2:])

    assert house.bring() == [("installation.unsuspend", "recorded"), ("installation.suspend", "ignored")]
    uninstall(state, installation)
    house.bring()
    suspend(state, installation, suspended=False)
    assert house.bring() == [("installation.unsuspend", "ignored")]
    assert [row["state"] for row in house.rows(INSTALLATIONS)] == ["gone"]


def test_uninstalled(house: House):
    """What waits ends; the grace period of the repository begins."""
    house.bring()
    uninstall(house.there.state, house.there.installation)

    assert house.bring() == [("installation.deleted", "recorded")]
    assert stopped(house) == ["superseded"]
    assert [row["gone"] is not None for row in house.rows(REPOSITORIES)] == [True]


def test_repositories_removed_and_added(house: House):
    """The same for a repository that the owner takes away, alone; given back, what is kept of it stays."""
    house.bring()
    state, installation = house.there.state, house.there.installation
    choose_repositories(state, installation, ())
    assert house.bring() == [("installation_repositories.removed", "recorded")]
    assert stopped(house) == ["superseded"]
    assert [row["gone"] is not None for row in house.rows(REPOSITORIES)] == [True]

    choose_repositories(state, installation, [house.there.repository])
    house.bring()
    assert [row["gone"] for row in house.rows(REPOSITORIES)] == [None]


def test_accepted_permissions(house: House):
    """A review that failed is taken up again, once; one that is done is not."""
    house.bring()
    (workflow,) = ends_of_jobs(house.settings)
    with database(house.settings) as engine:
        record_end(engine, workflow, End.FAILED)
    accept_permissions(house.there.state, house.there.installation, {"contents": "read"})
    assert house.bring() == [("installation.new_permissions_accepted", "recorded")]
    assert ends_of_jobs(house.settings) == {workflow: "failed", f"{workflow}:2": None}
    assert '"contents": "read"' in str(house.rows(INSTALLATIONS)[0]["permissions"])

    with database(house.settings) as engine:
        record_end(engine, f"{workflow}:2", End.DONE)
    accept_permissions(house.there.state, house.there.installation, {"contents": "write"})
    house.bring()
    assert len(house.ends()) == 2


def test_what_a_suspension_ended_is_taken_up_again(house: House):
    """Once the owner lets the App work again; not what a person had stopped."""
    state, installation = house.there.state, house.there.installation
    house.bring()
    (workflow,) = ends_of_jobs(house.settings)
    suspend(state, installation)
    house.bring()
    with database(house.settings) as engine:
        record_end(engine, workflow, End.FAILED)
    suspend(state, installation, suspended=False)
    house.bring()
    assert ends_of_jobs(house.settings) == {workflow: "failed", f"{workflow}:2": None}

    with database(house.settings) as engine:
        with engine.begin() as connection:
            record_stop(connection, house.there.repository.id, house.there.pull.number, "9999", "erin")
        record_end(engine, f"{workflow}:2", End.FAILED)
    suspend(state, installation)
    suspend(state, installation, suspended=False)
    house.bring()
    assert len(house.ends()) == 2


@pytest.mark.parametrize(("allowed", "became"), [(("ACME", "other"), "accepted"), (("other",), "ignored")])
def test_allowed_accounts(there: World, sqlite_settings: Settings, allowed: tuple[str, ...], became: str):
    """Of accounts that the operator did not name nothing is stored, and the answer says why."""
    house = House(there, replace(sqlite_settings, allowed_accounts=allowed))

    assert house.bring()[-1] == ("pull_request.opened", became)
    assert len(house.ends()) == (became == "accepted")
    assert len(house.rows(INSTALLATIONS)) == (became == "accepted")
    house.inbox.close()


def test_reconciled(house: House):
    """Whose delivery was lost is found by asking GitHub: who is suspended, who is back, who is gone."""
    state, installation = house.there.state, house.there.installation
    house.bring()

    def asked() -> list[str]:
        with database(house.settings) as engine:
            reconcile(engine, house.settings)
        return [str(row["state"]) for row in house.rows(INSTALLATIONS)]

    installation.suspended_at = state.now()
    assert asked() == ["suspended"]
    installation.suspended_at = None
    assert asked() == ["active"]
    state.installations.remove(installation)
    assert asked() == ["gone"]
    assert stopped(house) == ["superseded"]


def fill(settings: Settings, *jobs: Job) -> None:
    """Two jobs' worth of everything that is kept of a repository."""
    inbox = DurableInbox(settings)
    for job in jobs:
        inbox.submit(job, f"guid {job.repository_id}")

    def run_job(job: Job, step: Step) -> None:
        step("said", lambda: f"of {job.repository_id}")
        step("nothing", lambda: None)

    with working(settings, run_job):
        wait_for_end(settings)
    inbox.close()
    with database(settings) as engine:
        for job in jobs:
            Dismissals(engine, job.repository_id, job.number).add(
                Dismissal("f", "dana", "why", by_author=False)
            )
            with engine.begin() as connection:
                ledger.record_stop(connection, job.repository_id, job.number, "", login="dana")
                facts = {"job": "j", "finding": "", "day": "2026-01-01", "made": 1e12}
                counts = dict.fromkeys(
                    ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"), 1
                )
                owner = {"repository_id": job.repository_id, "installation_id": job.installation_id}
                row = {"call": str(job.repository_id), **facts, **counts, **owner}
                connection.execute(sa.insert(SPENDING).values(**row))


def kept_of(engine: sa.Engine, repository_id: int) -> dict[str, int]:
    """How many rows each table holds of a repository."""
    with engine.connect() as connection:
        return {
            table.name: count
            for table in METADATA.sorted_tables
            if "repository_id" in table.c
            and (
                count := connection.scalar(
                    sa.select(sa.func.count()).where(table.c.repository_id == repository_id)
                )
            )
        }


def test_erased_after_the_grace_period(job_settings: Settings):
    """All that is kept of a repository goes, and nothing of another's, once its time is over; not before."""
    fill(job_settings, a_job(), a_job(repository_id=8, installation_id=6))
    with database(job_settings) as engine, engine.begin() as connection:
        gone = sa.update(REPOSITORIES).where(REPOSITORIES.c.id == 7).values(gone=sa.literal(1000.0))
        connection.execute(gone)
        connection.execute(sa.update(BLOBS).values(stored=500.0))
    with database(job_settings) as engine, engine_client(engine) as one:
        assert erase_uninstalled(engine, keep_days=10**6) == ()
        before = kept_of(engine, 7)
        assert erase_uninstalled(engine, keep_days=30) == (7,)
        assert erase_uninstalled(engine, keep_days=30) == ()
        after, others = kept_of(engine, 7), kept_of(engine, 8)
        workflows = [status.workflow_id for status in one.list_workflows()]
        with engine.connect() as connection:
            stops = connection.scalar(sa.select(sa.func.count()).select_from(STOPS))
        assert erased(engine) == {7}

    assert (len(before), after) == (3, {})
    assert others == before
    assert workflows == ["pr:8:3:" + "a" * 40]
    assert stops == 1


def test_results_that_others_have_too(sqlite_settings: Settings):
    """Of results that are kept once for all who have the same, those stay that others stored since."""
    fill(sqlite_settings, a_job())
    with database(sqlite_settings) as engine, engine.begin() as connection:
        connection.execute(sa.update(REPOSITORIES).values(gone=1000.0))
        connection.execute(sa.update(BLOBS).values(stored=500.0))
    fill(sqlite_settings, a_job(repository_id=8, installation_id=6))
    with database(sqlite_settings) as engine, engine.connect() as connection:
        erase_uninstalled(engine, keep_days=30)
        left = connection.scalar(sa.select(sa.func.count()).select_from(BLOBS))

    assert left == 2  # the second one's word, and the "nothing" that both have


def test_a_repository_that_comes_back(sqlite_settings: Settings):
    """Installed again before its time is over, by whichever installation, nothing is erased."""
    fill(sqlite_settings, a_job())
    with database(sqlite_settings) as engine:
        with engine.begin() as connection:
            connection.execute(sa.update(REPOSITORIES).values(gone=1000.0))
        inbox = DurableInbox(sqlite_settings)
        inbox.submit(a_job("b", installation_id=9), "of the new installation")
        inbox.close()

        assert erase_uninstalled(engine, keep_days=30) == ()
        assert kept_of(engine, 7)
