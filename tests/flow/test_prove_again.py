"""`/suture prove`: from the comment to the runs and the answer, and what stops it in between."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo.github import push_files, reply
from bot.demo.github.records import Comment, IssueComment
from bot.errors import Stopped, Superseded
from bot.jobs.desk import Desk
from bot.jobs.engine import database
from bot.jobs.inbox import DurableInbox
from bot.jobs.memory import DatabaseMemory
from bot.jobs.worker import Proofs
from bot.records import Command, Patch, RegressionTest
from bot.settings import Settings
from bot.step import Step, cancelled_for
from tests.fakes.published import proven
from tests.fakes.talk import Talk, talk
from tests.fakes.workers import a_job, wait_until, working
from tests.flow.shop import FILES, FIXED, PAGES, TEST, need_sandbox
from tests.flow.test_recheck import FINDING, SOURCE
from tests.lean import lean_python

ID = FINDING.id
LINES = [text.splitlines(keepends=True) for text in (PAGES, FIXED)]
PATCH = Patch("".join(difflib.unified_diff(*LINES, f"a/{SOURCE}", f"b/{SOURCE}")))
PAGE = proven(finding=FINDING, test=RegressionTest("tests/test_pages_outside.py", TEST), patch=PATCH)


def reactions(said: Comment | IssueComment) -> list[str]:
    return [reaction for _, reaction in said.reactions]


def ask(one: Talk) -> str:
    """Ask for the proof in the finding's thread; the answer."""
    said = reply(one.there.state, one.there.state.comments[0], "/suture prove")
    before = len(one.answers)
    one.deliver()
    wait_until(lambda: len(one.answers) > before and len(said.reactions) == 2, 300)
    assert reactions(said)[0] == "eyes"
    return f"{reactions(said)[1]} {one.answers[-1]}"


def test_red_and_green_once_more(tmp_path: Path):
    """With real runs; after a push that mends the code it is said that it no longer holds, and why."""
    need_sandbox()
    with talk(tmp_path, dict(FILES), str(lean_python())) as one:
        one.publish(PAGE)
        head = one.there.pull.head_sha
        holds = ask(one)
        push_files(one.there.state, one.there.repository, "cities", {SOURCE: FIXED})
        mended = ask(one)
        wait_until(lambda: one.there.pull.head_sha in [job.head_sha for job in one.reviewed])

        assert holds.startswith("+1 **High severity · CWE-22")
        assert f"red on `{head[:7]}`, green with the fix" in holds
        assert "| G8 | holds |" in holds
        assert "| G13 | skipped |" in holds
        assert mended.startswith("confused ")
        assert "**Not proven:**" in mended
        assert f"On `{head[:7]}` it was *proven*. The pull request is reviewed again" in mended
        with database(one.settings) as engine:
            (kept,) = DatabaseMemory(engine, one.there.repository.id, 1).proofs()
        assert kept.head_sha == head
        assert len(kept.examined.proof.runs) > 10


def test_without_an_environment(tmp_path: Path):
    """What could not be run is said, and is no word about the finding."""
    with talk(tmp_path, dict(FILES), "/nowhere/python") as one:
        one.publish(PAGE)

        assert ask(one).startswith("confused The proof was not run again, so nothing new is known of it.")


@pytest.mark.parametrize(
    ("rest", "said"), [(" x", "Name a finding"), (f" {'f' * 16}", "Suture keeps nothing")]
)
def test_what_is_not_kept(tmp_path: Path, rest: str, said: str):
    """Nothing is guessed."""
    with talk(tmp_path) as one:
        assert one.say(f"/suture prove{rest}") == "confused"
        assert one.answers[0].startswith(said)


ASKED = Command(5, 7, "octo/repo", 3, "dana", "prove", "", "2026-01-01T00:00:05Z", "prove-1", 11)
STOP = replace(
    ASKED, word="stop", asked_at="2026-01-01T00:00:09Z", delivery="stop-1", login="erin", comment_id=12
)


def obey(seen: list[bool]) -> Callable[[Command, Desk], None]:
    def run_command(asked: Command, desk: Desk) -> None:
        if asked.word == "prove":
            desk.prove(ID)
        else:
            seen.append(desk.stop())

    return run_command


class Waiting:
    """A proof that runs until it has to give way."""

    def __init__(self) -> None:
        self.began = 0
        self.said: list[str] = []

    def __call__(self, asked: Command, _desk: Desk, step: Step) -> None:
        cancelled = cancelled_for(step)

        def act() -> None:
            self.began += 1
            wait_until(cancelled)
            raise Superseded("the runs were told to give up")

        try:
            step("prove", act)
        except Superseded as why:
            self.said.append(f"{asked.rest} {type(why).__name__}: {why} {step('answer', lambda: 'told')}")
            raise


def quiet(_job: object, step: Step) -> None:
    step("act", lambda: None)


def test_a_stop_is_heard(job_settings: Settings):
    """Though no review runs; once it has ended, there is nothing more to stop."""
    seen: list[bool] = []
    proof, inbox = Waiting(), DurableInbox(job_settings)
    inbox.submit(a_job(), "guid", changed_at="2026-01-01T00:00:01Z")
    with working(job_settings, quiet, run_command=obey(seen), proofs=Proofs(proof)):
        inbox.command(ASKED)
        wait_until(lambda: proof.began == 1)
        inbox.command(STOP)
        wait_until(lambda: bool(proof.said))
        later = replace(STOP, delivery="stop-2", asked_at="2026-01-01T00:00:10Z", comment_id=13)
        wait_until(lambda: _is_over(job_settings))
        inbox.command(later)
        wait_until(lambda: len(seen) == 2)
    inbox.close()

    assert seen == [True, False]
    assert proof.said == [f"{ID} Stopped: Stopped by @erin. told"]
    assert issubclass(Stopped, Superseded)


def _is_over(settings: Settings) -> bool:
    with database(settings) as engine, engine.connect() as connection:
        return connection.exec_driver_sql("SELECT ended FROM suture_proving").scalar() is not None


def test_a_push_takes_its_place(sqlite_settings: Settings):
    """What was asked before the proof does not, nor what is asked of another pull request."""
    proof, inbox = Waiting(), DurableInbox(sqlite_settings)
    inbox.submit(a_job(), "guid", changed_at="2026-01-01T00:00:01Z")
    with working(sqlite_settings, quiet, run_command=obey([]), proofs=Proofs(proof)):
        inbox.command(ASKED)
        wait_until(lambda: proof.began == 1)
        inbox.submit(a_job(number=4), "guid-4", changed_at="2026-01-01T00:00:07Z")
        assert proof.said == []
        inbox.submit(a_job("b"), "guid-b", changed_at="2026-01-01T00:00:08Z")
        wait_until(lambda: bool(proof.said))
    inbox.close()

    assert proof.said[0].startswith(f"{ID} Superseded: A newer push")


def test_the_next_worker_goes_on(sqlite_settings: Settings):
    """A worker that ends in the middle leaves the proof where it was; a redelivery asks for no second one."""
    proof, inbox = Waiting(), DurableInbox(sqlite_settings)
    with working(sqlite_settings, quiet, run_command=obey([]), proofs=Proofs(proof)):
        inbox.command(ASKED)
        inbox.command(ASKED)
        wait_until(lambda: proof.began == 1)
    done: list[str] = []

    def run_proof(asked: Command, _desk: Desk, step: Step) -> None:
        done.append(step("prove", lambda: asked.rest))

    with working(sqlite_settings, quiet, run_command=obey([]), proofs=Proofs(run_proof)):
        wait_until(lambda: _is_over(sqlite_settings))
    inbox.close()

    assert (done, proof.said) == ([ID], [])
