"""A merge queue that requires our check: answered from what is known of the queued pull request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.github.queue import enqueue
from bot.demo.github.records import CheckRun
from bot.errors import GoneError
from bot.jobs.inbox import DurableInbox
from bot.records import Conclusion, MergeGroup, Outcome
from bot.service import group_runner
from bot.settings import Settings
from bot.step import straight
from tests.fakes.deliveries import headers
from tests.fakes.published import Scene, findings, scene
from tests.fakes.talk import talk
from tests.fakes.workers import wait_until
from webhooks import create_app


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as made:
        yield made
        assert not made.state.unknown_calls


def group_of(there: Scene, head: str) -> MergeGroup:
    job = there.job()
    return MergeGroup(job.installation_id, job.repository_id, job.repository, job.number, head, "queued")


def answered(there: Scene) -> CheckRun:
    """The one check run on the queue's commit; the queue is answered twice, as after a crash."""
    head = enqueue(there.state, there.pull)
    for _ in range(2):
        group_runner(there.settings)(group_of(there, head))
    (run,) = [one for one in there.state.check_runs if one.suite.head_sha == head]
    assert (run.name, run.status) == ("Suture", "completed")
    return run


def test_a_clean_pull_request_passes(there: Scene) -> None:
    """The queue's commit gets what the pull request's head got, and says where to read more."""
    change = there.forge().collect()
    there.publisher().publish(Outcome(change, Conclusion.CLEAN), straight)

    run = answered(there)

    assert (run.conclusion, run.title) == ("success", "#1: Clean: 1 file reviewed, nothing found")
    assert change.head_sha[:7] in (run.summary or "")


def test_findings_are_said_and_block_nothing_that_they_did_not_block_before(there: Scene) -> None:
    """Neutral, as on the pull request; a failure there would be one here."""
    there.publisher().publish(findings(there.forge().collect()), straight)
    neutral = answered(there)
    (own,) = [one for one in there.state.check_runs if one.suite.head_sha == there.pull.head_sha]
    own.conclusion = "failure"

    assert (neutral.conclusion, neutral.title) == ("neutral", "#1: Findings: 1 proven with a fix")
    assert answered(there).conclusion == "failure"


def test_a_head_nobody_has_reviewed_is_said_to_be_one(there: Scene) -> None:
    """Neutral lets the queue go on, and does not look like clean; a review under way is none."""
    there.publisher().start(there.forge().collect(), straight)

    run = answered(there)

    assert run.conclusion == "neutral"
    assert (run.title or "").startswith("Not reviewed")
    assert "not a clean bill" in (run.summary or "")


def test_another_repository_of_that_name_is_not_answered(there: Scene) -> None:
    """The id is the authority."""
    job = there.job()
    group = MergeGroup(job.installation_id, job.repository_id, "acme/elsewhere", 1, job.head_sha, "queued")

    with pytest.raises(GoneError):
        group_runner(there.settings)(group)


def test_from_the_delivery_to_the_check_run(tmp_path: Path) -> None:
    """Through our web server and a worker."""
    with talk(tmp_path) as one:
        one.there.app.events += ("merge_group",)
        head = enqueue(one.there.state, one.there.pull)
        seen = one.deliver()
        wait_until(lambda: any(run.suite.head_sha == head for run in one.there.state.check_runs))

    assert seen == ["accepted"]


REF = f"refs/heads/gh-readonly-queue/release/2/pr-7-{'a' * 40}"


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({}, 202, "accepted"),
        ({"action": "destroyed"}, 202, "merge_group.destroyed"),
        ({"installation": None}, 202, "installation"),
        ({"merge_group": {"head_ref": "refs/heads/main", "head_sha": "a" * 40}}, 202, "no pull request"),
        ({"merge_group": {"head_ref": REF}}, 400, "head_sha"),
        ({"merge_group": {"head_ref": REF, "head_sha": "--upload-pack=x"}}, 400, "not a commit"),
    ],
)
def test_what_is_stored(
    sqlite_settings: Settings, changes: dict[str, object], status: int, said: str
) -> None:
    """Not a queue that was given up, nor a branch that names nobody; and each delivery once."""
    payload = {
        "action": "checks_requested",
        "installation": {"id": 5},
        "repository": {"id": 7, "full_name": "octo/repo"},
        "merge_group": {"head_ref": REF, "head_sha": "b" * 40},
    }
    body = json.dumps(payload | changes).encode()
    inbox = DurableInbox(sqlite_settings)
    client = create_app(sqlite_settings, inbox).test_client()
    signed = headers(body, "merge_group", "g")
    first, again = (client.post("/webhooks/github", data=body, headers=signed) for _ in range(2))
    inbox.close()

    assert first.status_code == status
    assert said in first.text
    assert ("duplicate" in again.text) is (said == "accepted")
