"""Two tenants on one Suture: whatever one of them is asked by, it gets nothing of the other's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.budget import Entry, Scope, today
from bot.demo.github import create_repository, install, open_pull_request, push_files
from bot.errors import GoneError, PermissionMissing
from bot.forge.app_auth import Tokens
from bot.forge.branches import delete_fix_branches
from bot.forge.conversation import Conversation
from bot.forge.github import GitHubForge
from bot.jobs.desk import Desk
from bot.jobs.dismissals import Dismissals
from bot.jobs.engine import database, migrate
from bot.jobs.inbox import DurableInbox
from bot.jobs.memory import DatabaseMemory
from bot.jobs.spending import DatabaseLedger
from bot.jobs.supersede import is_superseded, newer_than_job
from bot.records import ClosedPull, Command, Dismissal, Job, KeptTest, RegressionTest, Usage
from bot.settings import Secret, Settings
from tests.fakes.octo import World, world
from tests.fakes.records import a_finding
from tests.fakes.workers import a_job, ends_of_jobs

OURS = a_job(installation_id=5, repository_id=7)
THEIRS = a_job(installation_id=6, repository_id=8)  # the same name, number and head
TEST = RegressionTest("tests/test_x.py", "def test_x(): ...\n")


@pytest.fixture
def there(tmp_path: Path) -> Iterator[tuple[World, Job, Settings]]:
    """acme's private shop, and a job that names it together with the installation of a stranger."""
    with world(tmp_path, private=True) as made:
        state = made.state
        other = create_repository(state, "mallory/shop", tmp_path / "base", private=True)
        stranger = install(state, made.app, "mallory")
        push_files(state, other, "feature", {"app.py": "x\n"})
        open_pull_request(state, other, "main", "feature", "Mine")
        pull = made.pull
        job = Job(
            stranger.id,
            made.repository.id,
            made.repository.full_name,
            pull.number,
            pull.head_sha,
            "guid",
        )
        settings = Settings(
            app_id=made.app.client_id,
            private_key=Secret(made.app.private_key),
            github_api_url=state.api,
            data=tmp_path / "data",
            write_interval=0,
        )
        yield made, job, settings


def test_a_stranger_s_installation(there: tuple[World, Job, Settings]):
    """A delivery that names one account's installation and another's repository reads and writes nothing."""
    made, job, settings = there
    before = len(made.state.journal.entries)
    asked = Command(
        job.installation_id,
        job.repository_id,
        job.repository,
        job.number,
        "mallory",
        "review",
        "",
        "2026-01-01T00:00:05Z",
        "guid",
        1,
    )
    closed = ClosedPull(job.installation_id, job.repository_id, job.repository, job.number, "guid")
    forge, tokens = GitHubForge(job, settings, Tokens(settings)), Tokens(settings)
    acts = (
        forge.collect,
        lambda: forge.state(forge.named()),
        Conversation(asked, settings, tokens).may_write,
        lambda: delete_fix_branches(closed, settings, tokens, "over"),
    )
    for act in acts:
        with pytest.raises(PermissionMissing):
            act()

    calls = {(one.method, one.route, one.status) for one in made.state.journal.entries[before:]}
    assert calls == {("POST", "/app/installations/<int:id>/access_tokens", 422)}
    assert not (settings.data / "mirrors").exists()


@pytest.mark.parametrize("wrong", ["repository_id", "repository"])
def test_a_name_and_an_id_that_do_not_belong_together(there: tuple[World, Job, Settings], wrong: str):
    """After a transfer, or a lie, a name may be another repository's: the token is of the id."""
    made, job, settings = there
    own = next(one for one in made.state.repositories if one.full_name == "mallory/shop")
    mixed = {"repository_id": own.id} if wrong == "repository" else {"repository": own.full_name}
    forge = GitHubForge(replace(job, **mixed), settings, Tokens(settings))

    with pytest.raises((GoneError, PermissionMissing)):
        forge.collect()
    assert not (settings.data / "mirrors").exists()


def test_what_is_kept(job_settings: Settings):
    """Tests, dismissals, spending and requests of the same number and head are each tenant's own."""
    inbox = DurableInbox(job_settings)
    inbox.submit(OURS, "g1")
    inbox.submit(THEIRS, "g2")
    with database(job_settings) as engine:
        ours, theirs = (DatabaseMemory(engine, one.repository_id, one.number) for one in (OURS, THEIRS))
        ours.keep((KeptTest(a_finding(), TEST, ()),))
        dismissals, others = (Dismissals(engine, one.repository_id, one.number) for one in (OURS, THEIRS))
        dismissals.add(Dismissal("f", "dana", "why", by_author=False))
        spending = DatabaseLedger(engine)
        spending.open(Entry("j", "f", 7, 5, today(), Usage(1, 10, 0, 0, 5, 0.1)))
        inbox.cancel(7, 3, "g3")

        assert (len(ours.tests()), theirs.tests()) == (1, ())
        assert (len(dismissals.all()), others.all()) == (1, ())
        assert spending.total(Scope(repository_id=8, day=today())).model_calls == 0
        assert spending.total(Scope(installation_id=6, day=today())).model_calls == 0
        first, second = ends_of_jobs(job_settings)
        assert (
            is_superseded(engine, newer_than_job(first)),
            is_superseded(engine, newer_than_job(second)),
        ) == (True, False)
    inbox.close()


def test_a_command_takes_effect_at_home(job_settings: Settings):
    """What somebody stops, dismisses or asks for touches no pull request of the same number elsewhere."""
    migrate(job_settings)
    inbox = DurableInbox(job_settings)
    inbox.submit(OURS, "g1", changed_at="2026-01-01T00:00:01Z")
    asked = Command(6, 8, "octo/repo", 3, "mallory", "stop", "", "2026-01-01T00:00:05Z", "g2", 1)
    with database(job_settings) as engine:
        DatabaseMemory(engine, 7, 3).keep((KeptTest(a_finding(), TEST, ()),))
        desk = Desk(engine, asked)

        assert desk.posted() == ()
        assert not desk.stop()
        desk.dismiss(a_finding(), "mine", by_author=False)
        assert Dismissals(engine, 7, 3).all() == ()
        assert desk.review("a" * 40)
        (ours, theirs) = ends_of_jobs(job_settings)
        assert not is_superseded(engine, newer_than_job(ours))
        assert theirs.startswith("pr:8:3:")
    inbox.close()
