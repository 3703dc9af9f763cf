"""A closed pull request: from the delivery to the fix branches that go, and those that stay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo.github import close, open_pull_request, push_files, reopen
from bot.demo.github import git as github_git
from bot.errors import ForgeUnavailable, PermissionMissing
from bot.jobs import Submitted
from bot.jobs.inbox import DurableInbox
from bot.records import ClosedPull, Job
from bot.service import close_runner
from bot.settings import Settings
from bot.step import Step, straight
from tests.fakes.deliveries import headers, pull_request
from tests.fakes.published import Scene, findings, proven, scene
from tests.fakes.records import a_finding
from tests.fakes.workers import a_job, wait_for_end, wait_until, working
from webhooks import create_app

CLOSED = ClosedPull(5, 7, "octo/repo", 3, "closing")


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Scene]:
    """A pull request with one fix branch."""
    with scene(tmp_path) as made:
        made.publisher().publish(findings(made.forge().collect()), straight)
        yield made
        assert not made.state.unknown_calls


def fix_branches(there: Scene) -> list[str]:
    return [
        name.removeprefix("refs/heads/")
        for name in github_git.refs(there.repository.path, "refs/heads/suture/fix/")
    ]


def tidy_up(there: Scene, number: int = 1) -> None:
    job = there.job()
    closed = ClosedPull(job.installation_id, job.repository_id, job.repository, number, "closing")
    close_runner(there.settings)(closed)


@pytest.mark.parametrize("merged", [True, False])
def test_fix_branches_go_with_their_pull_request(there: Scene, merged: bool) -> None:
    """Of every head, merged or not; once more, nothing is left to do."""
    push_files(there.state, there.repository, "cities", {"more.py": "x = 1\n"})
    there.publisher().publish(findings(there.forge().collect()), straight)
    assert len(fix_branches(there)) == 2
    close(there.state, there.pull, merged=merged)

    tidy_up(there)
    tidy_up(there)

    assert fix_branches(there) == []
    assert len(github_git.refs(there.repository.path, "refs/heads/")) == 2


def test_what_is_not_only_ours_stays(there: Scene) -> None:
    """A commit that somebody added, a branch of another name, another pull request's: none is touched."""
    home = there.repository.path
    (mine,) = fix_branches(there)
    tip = github_git.refs(home, "refs/heads/")[f"refs/heads/{mine}"]
    head = there.pull.head_sha
    other = f"suture/fix/pr-1-feedfeed-{head[:7]}"
    names = [other, "suture/fix/pr-1-notes", mine.replace("pr-1-", "pr-11-"), f"kept/{mine}"]
    for name in names:
        github_git.update_ref(home, f"refs/heads/{name}", tip)
    begun = f"suture/fix/pr-1-aaaaaaaa-{head[:7]}"
    github_git.update_ref(home, f"refs/heads/{begun}", head)
    push_files(there.state, there.repository, mine, {"more.py": "x = 1\n"})
    close(there.state, there.pull)

    tidy_up(there)

    stay = {mine, begun, *names}
    assert {f"refs/heads/{one}" for one in stay} <= set(github_git.refs(home, "refs/heads/"))


def test_a_branch_that_somebody_made_a_pull_request_of_stays(there: Scene) -> None:
    """To delete it would close that one."""
    (mine,) = fix_branches(there)
    second = open_pull_request(there.state, there.repository, "main", mine, "The fix alone")
    close(there.state, there.pull)

    tidy_up(there)
    used = fix_branches(there)
    close(there.state, second)
    tidy_up(there)

    assert used == [mine]
    assert fix_branches(there) == []


def test_a_pull_request_that_was_opened_again_keeps_them(there: Scene) -> None:
    """What holds is its state when the worker comes to it."""
    close(there.state, there.pull)
    reopen(there.state, there.pull)

    tidy_up(there)

    assert len(fix_branches(there)) == 1


@pytest.mark.parametrize("took_effect", [True, False])
def test_a_lost_answer_is_no_failure_the_next_time(there: Scene, took_effect: bool) -> None:
    """Who deletes again looks again; a branch that vanishes meanwhile is gone all the same."""
    other = proven(
        finding=a_finding(id="feedfeedfeedfeed", path=proven().finding.path, start_line=5, end_line=6)
    )
    there.publisher().publish(findings(there.forge().collect(), proven(), other), straight)
    close(there.state, there.pull)
    there.state.faults.add("DELETE", "/repos/.*/git/refs/.*", 502, took_effect=took_effect)
    with pytest.raises(ForgeUnavailable):
        tidy_up(there)
    last = f"refs/heads/{fix_branches(there)[-1]}"
    there.state.faults.add(
        "DELETE",
        "/repos/.*feedfeed.*",
        0,
        before=lambda: github_git.update_ref(there.repository.path, last, None),
    )

    tidy_up(there)

    assert fix_branches(there) == []


def test_a_branch_that_may_not_be_deleted_is_said(there: Scene) -> None:
    """The error names what the App lacks."""
    close(there.state, there.pull)
    there.installation.permissions["contents"] = "read"

    with pytest.raises(PermissionMissing):
        tidy_up(there)


@contextmanager
def receiving(settings: Settings) -> Iterator[DurableInbox]:
    inbox = DurableInbox(settings)
    try:
        yield inbox
    finally:
        inbox.close()


def test_a_delivery_stops_the_review_and_tidies_up_once(job_settings: Settings) -> None:
    """A passing fault of GitHub is waited for; a redelivery asks for nothing more."""
    seen: list[ClosedPull] = []

    def run_close(closed: ClosedPull) -> None:
        seen.append(closed)
        if len(seen) == 1:
            raise ForgeUnavailable("502")

    with receiving(job_settings) as inbox:
        client = create_app(job_settings, inbox).test_client()
        inbox.submit(a_job(), "guid")
        body = pull_request("closed", state="closed", updated_at="2026-01-01T00:00:09Z")
        answers = [
            (
                client.post(
                    "/webhooks/github", data=body, headers=headers(body, "pull_request", "closing")
                ).json
                or {}
            )
            for _ in range(2)
        ]
        with working(job_settings, lambda _job, step: step("act", lambda: None), run_close=run_close):
            ends = wait_for_end(job_settings)
            wait_until(lambda: len(seen) == 2)

    assert [one["status"] for one in answers] == ["cancelled", "duplicate"]
    assert set(ends.values()) == {"superseded"}
    assert seen == [CLOSED, CLOSED]


def test_a_closing_that_was_overtaken_does_nothing(sqlite_settings: Settings) -> None:
    """It came after a newer delivery of the same pull request, which had opened it again."""
    seen: list[ClosedPull] = []

    def run_job(_job: Job, step: Step) -> None:
        step("act", lambda: None)

    with receiving(sqlite_settings) as inbox:
        inbox.submit(a_job(), "guid", changed_at="2026-01-01T00:00:09Z")
        stale = inbox.end(CLOSED, changed_at="2026-01-01T00:00:08Z")
        newer = inbox.end(replace(CLOSED, number=4, delivery="other"))
        with working(sqlite_settings, run_job, run_close=seen.append):
            ends = wait_for_end(sqlite_settings)
            wait_until(lambda: bool(seen))

    assert (stale, newer) == (Submitted.STALE, Submitted.NEW)
    assert [one.number for one in seen] == [4]
    assert set(ends.values()) == {"done"}
