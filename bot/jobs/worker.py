"""The worker: runs each stored job as a durable workflow and goes on with those that a crash cut short."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Event
from types import ModuleType
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

import bot.records
from bot.errors import ForgeUnavailable, Superseded, SutureError
from bot.jobs import ledger, provings
from bot.jobs.blobs import Blobs
from bot.jobs.chores import tidy
from bot.jobs.desk import Desk
from bot.jobs.engine import (
    CLOSE_WORKFLOW,
    COMMAND_WORKFLOW,
    GROUP_WORKFLOW,
    PROVE_WORKFLOW,
    WORKFLOW,
    database,
    migrate,
    register_queues,
    running,
)
from bot.jobs.executor import executor_name
from bot.jobs.facts import facts_of
from bot.jobs.ledger import End
from bot.jobs.orphans import Pulse, adopting, alive
from bot.jobs.patience import Patience, patiently
from bot.jobs.postpone import postponed
from bot.jobs.rounds import HOUR, Round, going_round
from bot.jobs.steps import DurableStep, JobInterrupted
from bot.jobs.supersede import Newer, newer_than_job, newer_than_proving
from bot.log import about
from bot.metrics import JOBS
from bot.records import ClosedPull, Command, Job, MergeGroup
from bot.settings import Settings
from bot.step import Step
from bot.tracing import span

RunJob = Callable[[Job, Step], None]
Tell = Callable[[Job], None]
RunCommand = Callable[[Command, Desk], None]
RunClose = Callable[[ClosedPull], None]
RunGroup = Callable[[MergeGroup], None]
Errand = TypeVar("Errand", ClosedPull, MergeGroup)
T = TypeVar("T")
GRACE = 20.0  # seconds a stopping worker waits for the steps that run

_log = logging.getLogger("suture.jobs")


@dataclass(frozen=True, slots=True)
class Proofs:
    """How a finding, whose id is a command's `rest`, is proven again; and what is said if that breaks off."""

    run: Callable[[Command, Desk, Step], None] = lambda _asked, _desk, _step: None
    tell: Callable[[Command], None] = lambda _asked: None


def run_worker(
    settings: Settings,
    run_job: RunJob,
    *,
    tell: Tell = lambda _job: None,
    run_command: RunCommand = lambda _asked, _desk: None,
    run_close: RunClose = lambda _closed: None,
    run_group: RunGroup = lambda _group: None,
    proofs: Proofs = Proofs(),
    records: Sequence[ModuleType] = (bot.records,),
    rounds: Sequence[Round] = (),
    stop: Event | None = None,
    patience: Patience = Patience(),  # noqa: B008  (a frozen record)
    pulse: Pulse = Pulse(),  # noqa: B008
    grace: float = GRACE,
) -> bool:
    """Run jobs until `stop` is set, or until SIGTERM or SIGINT when there is none.

    `run_command` finds out whether a person may give the command, carries it out, at the desk where it
    concerns jobs, and answers.
    `run_close` tidies up after a closed pull request, `run_group` answers a merge queue.
    `tell` is called for a job that broke off by a fault of the program, so that people hear of it.
    `rounds` are what is done beside the jobs from time to time.
    `records` are the modules whose records steps may hand on.
    Jobs that run when it stops are left after their present step, for the next start to go on with.
    False when a step did not end within `grace` seconds: then the process must not wait for its threads.
    Raises SettingsError, DatabaseUnavailable. One worker a process.
    """
    asked_to_stop = stop or _stop_by_signal()
    with executor_name(settings, asked_to_stop) as executor:
        if executor is None:
            return True
        migrate(settings)
        with database(settings) as engine:
            shift = _Shift(engine, run_job, run_command, tell, Blobs(engine, records), patience)
            work = shift.workflows(run_close, run_group, proofs)
            with _on_duty(engine, executor, settings, work, rounds, pulse):
                asked_to_stop.wait()
                return shift.leave(grace)


@contextmanager
def _on_duty(
    engine: sa.Engine,
    executor: str,
    settings: Settings,
    work: Mapping[str, Callable[[dict[str, Any]], str]],
    rounds: Sequence[Round],
    pulse: Pulse,
) -> Iterator[None]:
    """Within the block the worker takes jobs, tells that it lives, and does its rounds."""
    register_queues(engine, settings.concurrency, settings.installation_concurrency)
    tidying = Round("tidy", HOUR, partial(tidy, keep_days=settings.keep_days))
    with (
        alive(engine, executor, pulse),
        running(engine, executor, work),
        going_round(engine, (adopting(pulse), tidying, *rounds)),
    ):
        _log.info("worker started", extra={"executor": executor})
        yield


class _Shift:
    """What one run of the worker has under way."""

    def __init__(
        self,
        engine: sa.Engine,
        run_job: RunJob,
        run_command: RunCommand,
        tell: Tell,
        blobs: Blobs,
        patience: Patience,
    ) -> None:
        self._engine = engine
        self._run_job = run_job
        self._run_command = run_command
        self._tell = tell
        self._blobs = blobs
        self._patience = patience
        self._stopping = Event()
        self._changed = threading.Condition()
        self._busy = 0

    def workflows(
        self, run_close: RunClose, run_group: RunGroup, proofs: Proofs
    ) -> dict[str, Callable[[dict[str, Any]], str]]:
        """What the engine calls, by the names under which the inbox stores."""
        return {
            WORKFLOW: self.workflow,
            COMMAND_WORKFLOW: self.command_workflow,
            CLOSE_WORKFLOW: self.errand(ClosedPull, run_close, "the closed pull request was not tidied up"),
            GROUP_WORKFLOW: self.errand(MergeGroup, run_group, "the merge queue was not answered"),
            PROVE_WORKFLOW: self.prove_workflow(proofs),
        }

    @property
    def workflow(self) -> Callable[[dict[str, Any]], str]:
        """The function that the engine calls for each job, with what the inbox stored."""

        def review(stored: dict[str, Any]) -> str:
            job = Job(**stored)
            with self._counted(), about(**facts_of(job)), span("job", **facts_of(job)):
                return self._carry_out(job).value

        return review

    @property
    def command_workflow(self) -> Callable[[dict[str, Any]], str]:
        """The function that the engine calls for each command; called again, it changes nothing."""

        def command(stored: dict[str, Any]) -> str:
            asked = Command(**stored)
            with self._counted(), about(**facts_of(asked)):
                return self._obey(asked).value

        return command

    def errand(
        self, kind: type[Errand], run: Callable[[Errand], None], otherwise: str
    ) -> Callable[[dict[str, Any]], str]:
        """The function that the engine calls for each such errand; it may be called again."""

        def carry_out(stored: dict[str, Any]) -> str:
            one = kind(**stored)
            with self._counted(), about(**facts_of(one)):
                return self._tried(lambda: run(one), otherwise).value

        return carry_out

    def prove_workflow(self, proofs: Proofs) -> Callable[[dict[str, Any]], str]:
        """The function that the engine calls for each proof that a person asks for again."""

        def prove(stored: dict[str, Any]) -> str:
            asked = Command(**stored)
            workflow = provings.workflow_id(asked)
            with self._counted(), about(**facts_of(asked)):
                step, desk = self._step(newer_than_proving(workflow)), Desk(self._engine, asked)
                end = self._end(lambda: proofs.run(asked, desk, step), lambda: proofs.tell(asked))
                self._of_database(lambda: provings.record_end(self._engine, workflow))
                return end.value

        return prove

    def leave(self, grace: float) -> bool:
        """Start nothing more; whether every job has come to rest within `grace` seconds."""
        self._stopping.set()
        with self._changed:
            return self._changed.wait_for(lambda: self._busy == 0, timeout=grace)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._changed:
            self._busy += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _carry_out(self, job: Job) -> End:
        began = time.monotonic()
        workflow = ledger.workflow_id(job)
        if self._of_database(lambda: postponed(self._engine, job, begun=False)):
            return End.POSTPONED
        step = self._step(newer_than_job(workflow))
        end = self._end(lambda: self._run_job(job, step), lambda: self._tell(job))
        if end is End.FAILED and self._of_database(lambda: postponed(self._engine, job, begun=True)):
            return End.POSTPONED
        self._of_database(lambda: ledger.record_end(self._engine, workflow, end))
        seconds = time.monotonic() - began
        JOBS.labels(end.value).observe(seconds)
        _log.info("job ended", extra={"end": end.value, "seconds": round(seconds, 1)})
        return end

    def _step(self, newer: Newer) -> DurableStep:
        return DurableStep(self._engine, newer, self._blobs, self._patience, self._stopping)

    def _of_database(self, act: Callable[[], T]) -> T:
        return patiently(act, (OperationalError,), self._patience, self._stopping.is_set)

    def _obey(self, asked: Command) -> End:
        desk = Desk(self._engine, asked)
        return self._tried(lambda: self._run_command(asked, desk), "command failed")

    def _tried(self, act: Callable[[], None], otherwise: str) -> End:
        """Carry the act out, waiting for who does not answer; `otherwise` is logged when it fails."""
        faults = (ForgeUnavailable, OperationalError)
        try:
            patiently(act, faults, self._patience, self._stopping.is_set)
        except SutureError as exc:
            _log.warning(otherwise, extra={"reason": str(exc)})
            return End.FAILED
        return End.DONE

    def _end(self, act: Callable[[], None], tell: Callable[[], None]) -> End:
        try:
            act()
        except JobInterrupted:
            _log.info("job left for the next start")
            raise
        except Superseded as exc:
            _log.info("job superseded", extra={"reason": str(exc)})
            return End.SUPERSEDED
        except SutureError as exc:
            _log.warning("job failed", extra={"reason": str(exc)})
            return End.FAILED
        except Exception:  # noqa: BLE001  the worker's loop: one job's bug must not end the others
            _log.exception("job failed unexpectedly")
            self._tell_people(tell)
            return End.FAILED
        return End.DONE

    def _tell_people(self, tell: Callable[[], None]) -> None:
        try:
            tell()
        except SutureError as exc:
            _log.warning("nobody was told of the failure", extra={"reason": str(exc)})


def _stop_by_signal() -> Event:
    stop = Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda _number, _frame: stop.set())
    return stop
