"""`/suture stop` while a model is at work: the command, the model's call under way, and the check run."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bot.demo.github import comment
from bot.errors import Stopped
from bot.house import House
from bot.jobs.inbox import DurableInbox
from bot.jobs.supersede import KEPT_SECONDS
from bot.pipeline import run
from bot.records import Command, Job
from bot.regression.lab import Lab
from bot.review.panel import Panel
from bot.sandbox.choose import open_sandbox
from bot.service import command_runner, job_runner
from bot.settings import Secret, Settings
from bot.step import never
from tests.fakes.claude_case import NO_TRIAGE, said_finding, said_review
from tests.fakes.messages_api import Answer, Json, MessagesApi, replies, stage_of
from tests.fakes.octo import World, world
from tests.fakes.published import scene
from tests.fakes.workers import wait_for_end, wait_until, working
from tests.flow.shop import need_sandbox

T = TypeVar("T")
FOUND = replies("review", said_review(said_finding(label="H1.4", quote="line three")))


def settings_for(there: World, folder: Path, url: str) -> Settings:
    return Settings(
        app_id=there.app.client_id,
        private_key=Secret(there.app.private_key),
        github_api_url=there.state.api,
        data=folder / "data",
        cache=folder / "cache",
        reviewer="claude",
        samples=1,
        stages=NO_TRIAGE,
        write_interval=0,
        inherited={"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": url},
    )


def job_of(there: World) -> Job:
    pull, home = there.pull, there.repository
    return Job(there.installation.id, home.id, home.full_name, pull.number, pull.head_sha, "opened")


def test_no_model_is_asked_after_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call under way ends; then no stage is asked any more, and the check run says who stopped it."""
    need_sandbox()
    stages: list[str] = []

    def script(request: Json) -> Answer:
        stages.append(stage_of(request))
        if stages[-1] == "card":
            return replies(
                "card",
                {"what": "x", "entry_points": [], "trust_boundaries": [], "guards": [], "tests": ""},
            )
        written = comment(there.state, there.pull, "/suture stop", by="erin")
        asked_at = written.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        asked = Command(*job_key(job_of(there)), "erin", "stop", "", asked_at, "stop", written.id)
        inbox.command(asked)
        wait_until(lambda: bool(written.reactions))
        time.sleep(2 * KEPT_SECONDS)  # for so long an older answer of the database is believed
        return FOUND

    with world(tmp_path) as there, MessagesApi(script).running() as api:
        settings = settings_for(there, tmp_path, api.url)
        for name, value in settings.inherited.items():
            monkeypatch.setenv(name, value)
        inbox = DurableInbox(settings)
        inbox.submit(job_of(there), "opened")
        with working(settings, job_runner(settings), run_command=command_runner(settings)):
            ends = wait_for_end(settings)
        inbox.close()

    (check,) = there.state.check_runs
    assert set(ends.values()) == {"superseded"}
    assert stages[-1] == "review"
    assert stages.count("review") == 1
    assert (check.conclusion, check.title) == ("cancelled", "Stopped by @erin.")
    assert there.state.reviews == []


def job_key(job: Job) -> tuple[int, int, str, int]:
    return job.installation_id, job.repository_id, job.repository, job.number


def test_a_stop_while_publishing_closes_the_check_run(tmp_path: Path) -> None:
    """Whatever step a job gives way at, its check run does not stay open."""

    def step(name: str, act: Callable[[], T]) -> T:
        if name == "publish state":
            raise Stopped("Stopped by @dana.")
        return act()

    with scene(tmp_path) as there:
        lab = Lab(open_sandbox(there.settings), (), lambda tree: pytest.fail(str(tree)), never, 1.0)
        nobody = Panel(())  # so there is a failure to be published

        with pytest.raises(Stopped):
            run(House(there.forge(), nobody, lab, there.publisher()), step)

        (check,) = there.state.check_runs
        assert (check.conclusion, check.title) == ("cancelled", "Stopped by @dana.")
