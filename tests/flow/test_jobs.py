"""The worker over both databases: steps, errors, giving way, stopping, and rows that want to run code."""

from __future__ import annotations

import base64
import logging
import pickle
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import ForgeUnavailable, GoneError, Superseded
from bot.jobs.blobs import BlobError
from bot.jobs.engine import database
from bot.jobs.inbox import DurableInbox
from bot.records import Change, Job
from bot.settings import Settings
from bot.step import Step, cancelled_for
from tests.fakes.workers import a_job, ends_of_jobs, wait_for_end, wait_until, working

A, B = "pr:7:3:" + "a" * 40, "pr:7:3:" + "b" * 40


def submit(settings: Settings, *jobs: Job) -> None:
    inbox = DurableInbox(settings)
    for job in jobs:
        inbox.submit(job, f"guid-{job.number}-{job.head_sha[:1]}")
    inbox.close()


def run_sql(settings: Settings, statement: str, **values: object) -> int:
    """Change rows behind the engine's back; how many."""
    text = statement if settings.database_url == "" else statement.replace(" workflow_", " dbos.workflow_")
    with database(settings) as engine, engine.begin() as connection:
        return connection.execute(sa.text(text), values).rowcount


def test_steps_hand_on_records(job_settings: Settings):
    """A job is run with what the inbox stored, and a step's result is the record that the act gave."""
    seen: list[object] = []
    change = Change("a" * 40, "b" * 40, (), repository="octo/repo")

    def run_job(job: Job, step: Step) -> None:
        seen.append(job)
        seen.append(step("collect", lambda: change))
        seen.append(step("count", lambda: ("x", 1, None)))

    submit(job_settings, a_job())
    with working(job_settings, run_job):
        ends = wait_for_end(job_settings)

    assert ends == {A: "done"}
    assert seen == [a_job(), change, ("x", 1, None)]


def test_errors_keep_their_kind(job_settings: Settings, caplog: pytest.LogCaptureFixture):
    """An expected error can be caught by its type; one that is not caught ends its job only."""
    caught: list[str] = []

    def run_job(job: Job, step: Step) -> None:
        def gone() -> str:
            raise GoneError(f"no branch of {job.number}")

        try:
            step("collect", gone)
        except GoneError as exc:
            caught.append(str(exc))
        step("unknown", object)  # type: ignore[arg-type,return-value]

    submit(job_settings, a_job(), a_job(number=4))
    with caplog.at_level(logging.WARNING), working(job_settings, run_job):
        ends = wait_for_end(job_settings)

    assert set(ends.values()) == {"failed"}
    assert sorted(caught) == ["no branch of 3", "no branch of 4"]
    assert BlobError.__name__ not in caplog.text


def test_a_bug_is_logged_once(job_settings: Settings, caplog: pytest.LogCaptureFixture):
    """An error that nobody expected ends its job as failed, with one traceback, and the next job runs."""

    def run_job(job: Job, step: Step) -> None:
        if job.number == 3:
            step("divide", lambda: 1 // 0)

    submit(job_settings, a_job(), a_job(number=4))
    with caplog.at_level(logging.ERROR), working(job_settings, run_job):
        ends = wait_for_end(job_settings)

    assert list(ends.values()) == ["failed", "done"]
    assert caplog.text.count("ZeroDivisionError") == 1


def test_passing_faults_are_tried_again(job_settings: Settings):
    """GitHub's bad minutes are waited out, a bounded number of times."""
    tries: list[int] = []

    def flaky(job: Job) -> str:
        tries.append(job.number)
        if job.number == 4 or len(tries) < 3:
            raise ForgeUnavailable("502")
        return "ok"

    def run_job(job: Job, step: Step) -> None:
        step("flaky", lambda: flaky(job))

    submit(job_settings, a_job())
    with working(job_settings, run_job):
        wait_for_end(job_settings)
        submit(job_settings, a_job(number=4))
        ends = wait_for_end(job_settings)

    assert list(ends.values()) == ["done", "failed"]
    assert tries == [3, 3, 3, 4, 4, 4]


def test_a_fault_of_the_program_is_told(job_settings: Settings):
    """An unexpected exception ends its job as failed, and people are told; others go on."""
    told: list[int] = []

    def run_job(job: Job, step: Step) -> None:
        if job.number == 3:
            raise ZeroDivisionError

    submit(job_settings, a_job())
    submit(job_settings, a_job(number=4))
    with working(job_settings, run_job, tell=lambda job: told.append(job.number)):
        ends = wait_for_end(job_settings)

    assert sorted(str(end) for end in ends.values()) == ["done", "failed"]
    assert told == [3]


def test_a_newer_head_takes_the_place(job_settings: Settings):
    """A push while an older head is in a long step: that gives way and tidies up, and the newer is done."""
    told: list[str] = []
    started = threading.Event()

    def run_job(job: Job, step: Step) -> None:
        cancelled = cancelled_for(step)

        def long_act() -> str:
            if job.head_sha.startswith("a"):
                started.set()
                wait_until(cancelled)
            return "ran"

        step("long", long_act)
        try:
            step("publish", lambda: told.append(job.head_sha[0]))
        except Superseded:
            told.append("superseded " + str(step("tidy up", lambda: "quietly")) + f" {cancelled()}")
            raise

    submit(job_settings, a_job("a"))
    with working(job_settings, run_job):
        assert started.wait(60)
        submit(job_settings, a_job("b"))
        ends = wait_for_end(job_settings)

    assert ends == {A: "superseded", B: "done"}
    assert sorted(told) == ["b", "superseded quietly False"]


def test_a_closed_pull_request(job_settings: Settings):
    """What waits when its pull request is closed ends at its first step, before anything is carried out."""
    acts: list[str] = []
    submit(job_settings, a_job())
    inbox = DurableInbox(job_settings)
    inbox.cancel(7, 3, "closing")
    inbox.close()

    with working(job_settings, lambda _job, step: step("act", lambda: acts.append("ran"))):
        ends = wait_for_end(job_settings)

    assert (ends, acts) == ({A: "superseded"}, [])


def test_stopping_leaves_the_job(job_settings: Settings):
    """A worker that is stopped ends after the present step; the next one goes on behind it."""
    acts: list[str] = []
    first_runs, go_on = threading.Event(), threading.Event()

    def run_job(_job: Job, step: Step) -> None:
        def first() -> str:
            acts.append("first")
            first_runs.set()
            go_on.wait(60)
            return "kept"

        kept = step("first", first)
        step("second", lambda: acts.append(f"second with {kept}"))

    submit(job_settings, a_job())
    with working(job_settings, run_job):
        assert first_runs.wait(60)
        threading.Timer(0.3, go_on.set).start()
    assert (acts, ends_of_jobs(job_settings)) == (["first"], {A: None})
    with working(job_settings, run_job):
        ends = wait_for_end(job_settings)

    assert ends == {A: "done"}
    assert acts == ["first", "second with kept"]


def test_steps_in_wrong_places(job_settings: Settings):
    """A step within a step, or in a thread, would not be kept, so it is an error at once."""
    said: list[str] = []

    def run_job(_job: Job, step: Step) -> None:
        def nested() -> str:
            try:
                return step("inner", lambda: "x")
            except RuntimeError as exc:
                return str(exc)

        said.append(step("outer", nested))

    submit(job_settings, a_job())
    with working(job_settings, run_job):
        wait_for_end(job_settings)

    assert said == ["Step 'inner' has to be called from the job itself, not from a thread or a step."]


class Bomb:
    """A pickle of it makes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def pickled(path: Path) -> str:
    bomb = pickle.dumps(Bomb(path))
    pickle.loads(bomb)  # noqa: S301  (it is ours; it shows that the bomb works)
    assert path.exists()
    path.unlink()
    return base64.b64encode(bomb).decode()


def test_a_stored_job_that_claims_to_be_pickled(job_settings: Settings, tmp_path: Path):
    """Who can write the database cannot run code in the worker: the row is refused, and other jobs run."""
    marker = tmp_path / "code ran"
    submit(job_settings, a_job())
    bomb = pickled(marker)
    assert run_sql(job_settings, "UPDATE workflow_status SET serialization = 'py_pickle'") == 1
    assert run_sql(job_settings, "UPDATE workflow_input SET inputs = :bomb", bomb=bomb) == 1

    with working(job_settings, lambda _job, step: step("act", lambda: None)):
        submit(job_settings, a_job(number=4))
        wait_until(lambda: "done" in ends_of_jobs(job_settings).values())
        states = run_sql(job_settings, "UPDATE workflow_status SET priority = 0 WHERE status = 'ERROR'")

    assert states == 1
    assert not marker.exists()


def test_a_kept_step_that_claims_to_be_pickled(job_settings: Settings, tmp_path: Path):
    """The same holds for the results of steps, which a recovered job reads."""
    marker = tmp_path / "code ran"
    first_kept, stopping = threading.Event(), threading.Event()

    def run_job(_job: Job, step: Step) -> None:
        step("first", lambda: "kept")
        first_kept.set()
        step("second", lambda: str(stopping.wait(60)))
        step("third", lambda: "never reached")

    submit(job_settings, a_job())
    with working(job_settings, run_job):
        assert first_kept.wait(60)
        table = "operation_outputs" if job_settings.database_url == "" else "dbos.operation_outputs"
        bomb = pickled(marker)
        changed = run_sql(
            job_settings,
            f"UPDATE {table} SET serialization = 'py_pickle', output = :bomb WHERE function_name = 'first'",  # noqa: S608  (a constant)
            bomb=bomb,
        )
        threading.Timer(0.3, stopping.set).start()
    assert changed == 1
    with working(job_settings, run_job):
        ends = wait_for_end(job_settings)

    assert ends == {A: "failed"}
    assert not marker.exists()
