"""A pull request at the stand-in, our web server, and a worker that answers people's commands over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.demo.github import comment
from bot.demo.github.records import Comment, IssueComment
from bot.jobs.engine import database
from bot.jobs.inbox import DurableInbox
from bot.jobs.memory import DatabaseMemory
from bot.records import Examined, Job
from bot.regression.recheck import keep
from bot.service import command_runner, group_runner, proofs
from bot.settings import Secret, Settings
from bot.step import Step, straight
from tests.fakes.published import Scene, findings, scene
from tests.fakes.workers import wait_until, working
from webhooks import create_app


@dataclass
class Talk:
    """What a test says and sees. Reviews only count: nothing is looked at in them."""

    there: Scene
    settings: Settings
    inbox: DurableInbox
    reviewed: list[Job] = field(default_factory=list)
    goes_on: threading.Event = field(default_factory=threading.Event)  # cleared, reviews wait
    _sent: int = 0

    def deliver(self) -> list[str]:
        """Bring the stand-in's new deliveries to our web server; what became of each."""
        client = create_app(self.settings, self.inbox).test_client()
        new = self.there.state.hooks.deliveries[self._sent :]
        self._sent += len(new)
        answers = [client.post("/webhooks/github", data=one.body, headers=one.headers()) for one in new]
        return [(one.json or {}).get("status", str(one.status_code)) for one in answers]

    def redeliver(self, event: str) -> list[str]:
        """Bring all deliveries of this event once more; what became of each."""
        client = create_app(self.settings, self.inbox).test_client()
        sent = [one for one in self.there.state.hooks.deliveries[: self._sent] if one.event == event]
        answers = [client.post("/webhooks/github", data=one.body, headers=one.headers()) for one in sent]
        return [(one.json or {}).get("status", str(one.status_code)) for one in answers]

    def answered(self, said: IssueComment | Comment) -> str:
        """The one reaction to a comment, once it is there, brought to our server."""
        self.deliver()
        wait_until(lambda: bool(said.reactions))
        ((_, reaction),) = said.reactions
        return reaction

    def publish(self, *examined: Examined) -> None:
        """What a job does with its outcome: keep it, and post it on the pull request as it is now."""
        forge = self.there.forge()
        outcome = findings(forge.collect(), *examined)
        with database(self.settings) as engine, forge.checkout(outcome.change) as tree:
            keep(DatabaseMemory(engine, self.there.repository.id, self.there.pull.number), outcome, tree)
        self.there.publisher().publish(outcome, straight)

    def say(self, body: str, by: str = "dana") -> str:
        """Write in the conversation; the reaction."""
        return self.answered(comment(self.there.state, self.there.pull, body, by=by))

    @property
    def answers(self) -> list[str]:
        """Our answers in the conversation and in threads, without their hidden line."""
        state = self.there.state
        said: list[IssueComment | Comment] = [*state.issue_comments, *state.comments]
        return [one.body.partition("\n")[2] for one in said if "answer=" in one.body.partition("\n")[0]]

    def run_job(self, job: Job, step: Step) -> None:
        step("look", self._wait)
        self.reviewed.append(job)

    def _wait(self) -> None:
        assert self.goes_on.wait(30)


@contextmanager
def talk(
    folder: Path, files: dict[str, bytes | str | None] | None = None, python: str = ""
) -> Iterator[Talk]:
    """The scene of `tests.fakes.published` with `opened` delivered, and everything of ours that runs.

    Proofs are run again with this interpreter.
    """
    with scene(folder, files) as there:
        secrets = (Secret(there.app.webhook_secret),)
        settings = replace(there.settings, webhook_secrets=secrets, python=python)
        inbox = DurableInbox(settings)
        one = Talk(there, settings, inbox)
        one.goes_on.set()
        one.deliver()
        try:
            command, group, again = command_runner(settings), group_runner(settings), proofs(settings)
            with working(settings, one.run_job, run_command=command, run_group=group, proofs=again):
                yield one
        finally:
            inbox.close()
        assert not there.state.unknown_calls
