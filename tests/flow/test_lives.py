"""What may become of a pull request and its repository, from the delivery to the check run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.demo.github import (
    close,
    delete_branch,
    delete_repository,
    fork,
    git,
    open_pull_request,
    push_files,
    reopen,
)
from bot.demo.github.moved import rename, transfer
from bot.demo.github.pulls import change_base, label, rerequest, set_draft
from bot.demo.github.records import CheckRun
from bot.forge.github import UNLISTED
from bot.jobs.inbox import DurableInbox
from bot.service import command_runner, job_runner
from bot.settings import Secret, Settings
from tests.fakes.published import PATH, Scene, scene
from tests.fakes.workers import ends_of_jobs, wait_until, working
from webhooks import create_app

FILES = {PATH: "import db\n\n\ndef by_city(city):\n    return [city]\n"}


@dataclass
class Life:
    """The scene, our web server, and a worker that reviews by the embedded rules when it is let."""

    there: Scene
    settings: Settings
    inbox: DurableInbox
    sent: int = 0

    def deliver(self) -> list[str]:
        """Bring the stand-in's new deliveries to our web server; what became of each."""
        client = create_app(self.settings, self.inbox).test_client()
        new = self.there.state.hooks.deliveries[self.sent :]
        self.sent += len(new)
        answers = [client.post("/webhooks/github", data=one.body, headers=one.headers()) for one in new]
        return [(one.json or {})["status"] for one in answers]

    def lived(self) -> list[str]:
        """Deliver, and let a worker do all that is to be done; how each job ended, in order."""
        self.deliver()
        runners = job_runner(self.settings), command_runner(self.settings)
        with working(self.settings, runners[0], run_command=runners[1]):
            wait_until(lambda: None not in self.ends())
        return [str(end) for end in self.ends()]

    def ends(self) -> list[str | None]:
        return list(ends_of_jobs(self.settings).values())

    @property
    def checks(self) -> list[CheckRun]:
        return self.there.state.check_runs

    @property
    def said(self) -> str:
        return f"{self.checks[-1].title}\n{self.checks[-1].summary}"


@contextmanager
def life(folder: Path, files: dict[str, bytes | str | None] | None = None) -> Iterator[Life]:
    with scene(folder, files or dict(FILES)) as there:
        secrets = (Secret(there.app.webhook_secret),)
        settings = replace(there.settings, webhook_secrets=secrets, reviewer="rules")
        one = Life(there, settings, DurableInbox(settings))
        try:
            yield one
        finally:
            one.inbox.close()
        assert not there.state.unknown_calls


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Life]:
    with life(tmp_path) as made:
        yield made


def test_turned_into_a_draft_before_its_turn(one: Life) -> None:
    """What was asked for while it was none is done: only its next pushes wait."""
    one.deliver()
    set_draft(one.there.state, one.there.pull, draft=True)

    assert one.deliver() == ["ignored"]
    assert one.lived() == ["done"]
    assert "Clean" in one.said


def test_the_label_that_leaves_one_out(one: Life) -> None:
    """The check run, which may be required, says so and is not clean; who asks gets a review all the same."""
    label(one.there.state, one.there.pull, "suture:skip")
    assert one.lived() == ["done"]
    assert one.checks[-1].conclusion == "neutral"
    assert "has the label `suture:skip`" in one.said

    rerequest(one.there.state, one.checks[-1])
    one.deliver()
    with working(one.settings, job_runner(one.settings), run_command=command_runner(one.settings)):
        wait_until(lambda: one.ends() == ["done", "done"])
    assert "Clean" in one.said


def test_closed_before_its_turn_and_opened_again(one: Life) -> None:
    """The first review gives way without a word; the second is a whole one."""
    one.deliver()
    close(one.there.state, one.there.pull)
    one.deliver()
    one.there.state.clock_offset += one.there.state.now() - one.there.pull.created_at
    reopen(one.there.state, one.there.pull)

    assert one.lived() == ["superseded", "done"]
    assert [check.conclusion for check in one.checks] == ["success"]


def test_merged_before_its_turn(one: Life) -> None:
    """Nothing is written on a pull request that is over."""
    one.deliver()
    close(one.there.state, one.there.pull, merged=True)

    assert one.lived() == ["superseded"]
    assert one.checks == []


def test_another_base_branch(one: Life) -> None:
    """Reviewed again, against that branch: what stands there already is not the pull request's."""
    assert one.lived() == ["done"]
    push_files(one.there.state, one.there.repository, "release", {PATH: FILES[PATH]})
    push_files(one.there.state, one.there.repository, "release", {"other.py": "x = 1\n"})
    one.there.state.hooks.deliveries.clear()
    one.sent = 0
    change_base(one.there.state, one.there.pull, "release")

    assert one.lived() == ["done", "done"]
    assert len(one.checks) == 2
    assert f"at `{one.there.pull.head_sha[:7]}`" in one.said


def test_the_head_branch_is_deleted_while_the_job_waits(one: Life) -> None:
    """GitHub keeps the head of a pull request, so that it is reviewed like any other."""
    one.deliver()
    delete_branch(one.there.state, one.there.repository, "cities")

    assert one.lived() == ["done"]
    assert "Clean" in one.said


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_fork_and_one_that_was_deleted(one: Life, is_deleted: bool) -> None:
    """Its check run stands in the base repository, and Re-run finds the pull request by our own key."""
    state, home = one.there.state, one.there.repository
    theirs = fork(state, home, "eve")
    push_files(state, theirs, "cities", {"shop/more.py": "x = 1\n"})
    pull = open_pull_request(state, home, "main", "cities", "A fork", author="eve", head_repository=theirs)
    one.deliver()
    if is_deleted:
        delete_repository(state, theirs)
    assert one.lived() == ["done", "done"]
    (check,) = [each for each in one.checks if each.suite.head_sha == pull.head_sha]
    rerequest(state, check)
    one.deliver()
    with working(one.settings, job_runner(one.settings), run_command=command_runner(one.settings)):
        wait_until(lambda: one.ends() == ["done"] * 3)

    again = [each for each in one.checks if each.suite.head_sha == pull.head_sha]
    assert [each.conclusion for each in again] == ["success"] * 2
    assert check.suite.repository is home
    assert git.refs(home.path, "refs/heads/suture/") == {}


def test_a_dependency_bot_is_reviewed_like_anybody(one: Life) -> None:
    """A name is no reason to let a change pass."""
    state, home = one.there.state, one.there.repository
    state.account("dependabot[bot]", "Bot")
    push_files(state, home, "dependabot/pip/x", {"requirements.txt": "x==2\n"}, author="dependabot[bot]")
    open_pull_request(state, home, "main", "dependabot/pip/x", "Bump x", author="dependabot[bot]")

    assert one.lived() == ["done", "done"]
    assert [check.status for check in one.checks] == ["completed"] * 2


def test_a_repository_renamed_while_a_job_waits(one: Life) -> None:
    """The id is the authority: GitHub leads on from the old name, and everything is written under the new."""
    one.deliver()
    rename(one.there.state, one.there.repository, "store")

    assert one.lived() == ["done"]
    assert "Clean" in one.said
    later = [call.path for call in one.there.state.journal.entries if "shop" in call.path]
    assert later == []


def test_a_repository_transferred_out_of_reach(one: Life) -> None:
    """The job fails and nothing is written; in its new home its next delivery brings what was kept along."""
    one.deliver()
    transfer(one.there.state, one.there.repository, "globex")

    assert one.lived() == ["failed"]
    assert one.checks == []


def test_an_archived_repository(one: Life) -> None:
    """It is read only, which is found out before a reviewer is asked."""
    answer = {"message": "Repository was archived so is read-only."}
    for _ in range(4):
        one.there.state.faults.add("POST", r"/repos/.*/check-runs", 403, answer=answer)

    assert one.lived() == ["failed"]
    assert one.checks == []


def test_more_files_than_github_lists(tmp_path: Path) -> None:
    """The others are named as not reviewed, so that the change never passes for clean."""
    files: dict[str, bytes | str | None] = {f"m/{number:03}.py": "" for number in range(101)}
    with life(tmp_path, files | {"z/last.py": "x = 1\n"}) as one:
        one.there.state.most_files = 100
        change = one.there.forge().collect()

    assert {each.path for each in change.not_reviewed if each.reason == UNLISTED} == {
        "m/100.py",
        "z/last.py",
    }
    assert len(change.not_reviewed) + len(change.files) == 102
