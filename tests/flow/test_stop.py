"""`/suture stop` over both databases: from the delivery to the job that gives way."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from bot.errors import ForgeUnavailable, PermissionMissing, Stopped, Superseded
from bot.jobs import Submitted
from bot.jobs.desk import Desk
from bot.jobs.inbox import DurableInbox
from bot.records import Command, Job
from bot.settings import Settings
from bot.step import Step, cancelled_for
from tests.fakes.deliveries import comment, headers, pull_request
from tests.fakes.workers import a_job, ends_of_jobs, wait_for_end, wait_until, working
from webhooks import create_app

A, B = "pr:7:3:" + "a" * 40, "pr:7:3:" + "b" * 40
ASKED = Command(5, 7, "octo/repo", 3, "dana", "stop", "", "2026-01-01T00:00:05Z", "stop-1", 11)


def ask(settings: Settings, *requests: Command | Job, changed_at: str = "") -> list[Submitted]:
    inbox = DurableInbox(settings)
    answers = [
        inbox.command(one)
        if isinstance(one, Command)
        else inbox.submit(one, f"guid-{one.number}-{one.head_sha[:1]}", changed_at=changed_at)
        for one in requests
    ]
    inbox.close()
    return answers


class Allowed:
    """Lets everybody stop, and remembers what was asked and whether there was something to stop."""

    def __init__(self, *faults: Exception) -> None:
        self.seen: list[tuple[Command, bool]] = []
        self._faults = list(faults)

    def __call__(self, asked: Command, desk: Desk) -> None:
        self.seen.append((asked, desk.stop()))
        if self._faults:
            raise self._faults.pop()


def test_running_jobs_give_way(job_settings: Settings):
    """With all places taken by long steps, a stop is heard at once, and the job learns who wants it."""
    started = threading.Barrier(3)
    said: list[str] = []

    def run_job(job: Job, step: Step) -> None:
        cancelled = cancelled_for(step)

        def long_act() -> None:
            started.wait(15)
            wait_until(cancelled)
            raise Superseded("the sandbox was told to give up")

        try:
            step("long", long_act)
        except Stopped as why:
            said.append(f"{job.number}: {why} {step('tidy up', lambda: 'quietly')}")
            raise

    allowed = Allowed()
    other = replace(ASKED, number=4, login="erin", delivery="stop-2", comment_id=12)
    ask(job_settings, a_job(), a_job(number=4))
    with working(job_settings, run_job, run_command=allowed):
        started.wait(15)
        ask(job_settings, ASKED, other)
        ends = wait_for_end(job_settings)

    assert set(ends.values()) == {"superseded"}
    assert sorted(said) == ["3: Stopped by @dana. quietly", "4: Stopped by @erin. quietly"]
    assert allowed.seen == [(ASKED, True), (other, True)]


def test_a_waiting_job_never_begins(job_settings: Settings):
    """What waits in the queue ends at its first step; a redelivery of the comment asks nobody again."""
    acts: list[str] = []
    allowed = Allowed()
    ask(job_settings, a_job())
    answers = [*ask(job_settings, ASKED), *ask(job_settings, ASKED)]
    told = threading.Event()

    def run_job(_job: Job, step: Step) -> None:
        told.wait(15)
        step("act", lambda: acts.append("ran"))

    with working(job_settings, run_job, run_command=allowed):
        wait_until(lambda: bool(allowed.seen))
        told.set()
        ends = wait_for_end(job_settings)

    assert answers == [Submitted.NEW, Submitted.DUPLICATE]
    assert (ends, acts, allowed.seen) == ({A: "superseded"}, [], [(ASKED, True)])


def test_a_later_push_is_not_meant(job_settings: Settings):
    """A stop ends what was asked for before the comment, not the review of a commit pushed after it."""
    told = threading.Event()
    allowed = Allowed()

    def run_job(_job: Job, step: Step) -> None:
        told.wait(15)
        step("act", lambda: None)

    ask(job_settings, a_job("a"), changed_at="2026-01-01T00:00:01Z")
    ask(job_settings, a_job("b"), changed_at="2026-01-01T00:00:09Z")
    ask(job_settings, ASKED)
    with working(job_settings, run_job, run_command=allowed):
        wait_until(lambda: bool(allowed.seen))
        told.set()
        ends = wait_for_end(job_settings)

    assert ends == {A: "superseded", B: "done"}
    assert allowed.seen == [(ASKED, False)]


def test_nothing_to_stop(job_settings: Settings):
    """A stop after the end, or of a pull request nobody heard of, says so and changes nothing."""
    allowed = Allowed()
    ask(job_settings, a_job())
    with working(job_settings, lambda _job, step: step("act", lambda: None), run_command=allowed):
        wait_for_end(job_settings)
        ask(job_settings, ASKED, replace(ASKED, number=9, delivery="stop-2", comment_id=12))
        wait_until(lambda: len(allowed.seen) == 2)

    assert ends_of_jobs(job_settings) == {A: "done"}
    assert [stopped for _, stopped in allowed.seen] == [False, False]


def test_a_passing_fault_of_github(job_settings: Settings):
    """A stop that GitHub did not let be answered is tried again, and is then still one that stopped."""
    allowed = Allowed(ForgeUnavailable("502"))
    ask(job_settings, a_job(), ASKED)
    held = threading.Event()

    def run_job(_job: Job, step: Step) -> None:
        held.wait(15)
        step("act", lambda: None)

    with working(job_settings, run_job, run_command=allowed):
        wait_until(lambda: len(allowed.seen) == 2)
        held.set()
        ends = wait_for_end(job_settings)

    assert ends == {A: "superseded"}
    assert [stopped for _, stopped in allowed.seen] == [True, True]


def test_who_may_not_stops_nothing(job_settings: Settings, caplog: pytest.LogCaptureFixture):
    """When the permission cannot be learned, nothing is stopped and the log says why."""

    def refused(_asked: Command, _desk: Desk) -> None:
        raise PermissionMissing("the App may not see who may write")

    ask(job_settings, ASKED, a_job())
    with working(job_settings, lambda _job, step: step("act", lambda: None), run_command=refused):
        ends = wait_for_end(job_settings)
        wait_until(lambda: "command failed" in caplog.text)

    assert ends == {A: "done"}


def test_reopening_starts_anew(job_settings: Settings):
    """The same head is reviewed again when the pull request is reopened after a stop."""
    allowed = Allowed()
    inbox = DurableInbox(job_settings)
    client = create_app(job_settings, inbox).test_client()

    def send(body: bytes, guid: str, event: str = "pull_request") -> None:
        answer = client.post("/webhooks/github", data=body, headers=headers(body, event, guid))
        assert (answer.json or {})["status"] == "accepted"

    held = threading.Event()

    def run_job(_job: Job, step: Step) -> None:
        held.wait(15)
        step("act", lambda: None)

    with working(job_settings, run_job, run_command=allowed):
        send(pull_request("opened"), "g1")
        send(comment("/suture stop"), "g2", "issue_comment")
        wait_until(lambda: bool(allowed.seen))
        held.set()
        wait_for_end(job_settings)
        send(pull_request("reopened", updated_at="2026-01-01T00:00:30Z"), "g3")
        ends = wait_for_end(job_settings)
    inbox.close()

    assert ends == {A: "superseded", A + ":2": "done"}
