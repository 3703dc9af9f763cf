"""The web process's side of the jobs: each delivery's job is stored once, in one transaction."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, replace
from threading import Lock

import sqlalchemy as sa
from dbos import DBOSClient, EnqueueOptions
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.jobs import DatabaseUnavailable, Figures, Submitted, installations, ledger, priority
from bot.jobs.engine import (
    CLOSE_WORKFLOW,
    COMMAND_WORKFLOW,
    COMMANDS,
    GROUP_WORKFLOW,
    is_sqlite,
    migrate,
    open_client,
    open_engine,
    unavailable,
)
from bot.jobs.figures import figures, workers
from bot.jobs.submit import Again, is_older, submit
from bot.records import ClosedPull, Command, InstallationChange, InstallationState, Job, MergeGroup
from bot.settings import Settings

MOST_AGAIN = 100  # failed reviews that are taken up again when an owner lets the App work (again)


class DurableInbox:
    """The `Inbox` over the jobs' database. Connects and makes the tables when first used; thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opening = Lock()
        # SQLite lets one write at a time; waiting here is fairer than its polling for the lock. Postgres
        # flushes what several bring in one go.
        self._writing = Lock() if is_sqlite(settings) else nullcontext()
        self._opened: tuple[sa.Engine, DBOSClient] | None = None

    def submit(
        self, job: Job, delivery: str, *, changed_at: str = "", again: bool = False, lines: int = 0
    ) -> Submitted:
        engine, client = self._open()
        once_more = Again.UNFINISHED if again else Again.NEVER
        try:
            with self._writing, engine.begin() as connection:
                if ledger.saw_delivery(connection, delivery):
                    return Submitted.DUPLICATE
                return submit(connection, client, job, changed_at, once_more, priority.of_push(lines))
        except (DBAPIError, PoolTimeout) as exc:
            raise unavailable(exc) from exc

    def cancel(self, repository_id: int, number: int, delivery: str, *, changed_at: str = "") -> Submitted:
        engine, _ = self._open()
        try:
            with self._writing, engine.begin() as connection:
                return _cancel(connection, repository_id, number, delivery, changed_at)
        except (DBAPIError, PoolTimeout) as exc:
            raise unavailable(exc) from exc

    def end(self, closed: ClosedPull, *, changed_at: str = "") -> Submitted:
        engine, client = self._open()
        options: EnqueueOptions = {
            "workflow_name": CLOSE_WORKFLOW,
            "queue_name": COMMANDS,
            "queue_partition_key": str(closed.installation_id),
            "workflow_id": f"close:{closed.repository_id}:{closed.delivery}",
        }
        try:
            with self._writing, engine.begin() as connection:
                stopped = _cancel(
                    connection, closed.repository_id, closed.number, closed.delivery, changed_at
                )
                if stopped is Submitted.NEW:
                    client.enqueue_in_transaction(connection, options, asdict(closed))
                return stopped
        except (DBAPIError, PoolTimeout) as exc:
            raise unavailable(exc) from exc

    def command(self, asked: Command) -> Submitted:
        return self._store(COMMAND_WORKFLOW, asked, asked.comment)

    def group(self, asked: MergeGroup) -> Submitted:
        return self._store(GROUP_WORKFLOW, asked)

    def _store(self, workflow: str, asked: Command | MergeGroup, once: str = "") -> Submitted:
        """Store it, unless its delivery was, or `once`: no signature covers the GUID of a delivery."""
        engine, client = self._open()
        options: EnqueueOptions = {
            "workflow_name": workflow,
            "queue_name": COMMANDS,
            "queue_partition_key": str(asked.installation_id),
            "workflow_id": f"{workflow}:{asked.repository_id}:{asked.delivery}",
        }
        try:
            with self._writing, engine.begin() as connection:
                if ledger.saw_delivery(connection, asked.delivery):
                    return Submitted.DUPLICATE
                if once and ledger.saw_delivery(connection, once):
                    return Submitted.DUPLICATE
                if not installations.may_work(connection, asked.installation_id, asked.repository_id):
                    return Submitted.BARRED
                client.enqueue_in_transaction(connection, options, asdict(asked))
                return Submitted.NEW
        except (DBAPIError, PoolTimeout) as exc:
            raise unavailable(exc) from exc

    def installation(self, change: InstallationChange) -> Submitted:
        engine, client = self._open()
        one = change.installation
        try:
            with self._writing, engine.begin() as connection:
                if ledger.saw_delivery(connection, change.delivery):
                    return Submitted.DUPLICATE
                if not installations.record(connection, one):
                    return Submitted.STALE
                installations.add(connection, one.id, change.added)
                installations.remove(connection, one.id, change.removed)
                if change.again and one.state is InstallationState.ACTIVE:
                    _take_up_again(connection, client, one.id)
                return Submitted.NEW
        except (DBAPIError, PoolTimeout) as exc:
            raise unavailable(exc) from exc

    def problems(self) -> tuple[str, ...]:
        try:
            engine, _ = self._open()
            with engine.connect() as connection:
                ledger.newest(connection, 0, 0)
        except DatabaseUnavailable as exc:
            return (str(exc),)
        except (DBAPIError, PoolTimeout) as exc:
            return (str(unavailable(exc)),)
        return ()

    def figures(self) -> tuple[Figures, ...]:
        _, client = self._open()
        try:
            return tuple(figures(client))
        except (DBAPIError, PoolTimeout) as exc:
            raise unavailable(exc) from exc

    def workers(self) -> int:
        engine, _ = self._open()
        try:
            return workers(engine)
        except (DBAPIError, PoolTimeout) as exc:
            raise unavailable(exc) from exc

    def close(self) -> None:
        """Give back the connections; a later call opens them again."""
        with self._opening:
            if self._opened is not None:
                engine, client = self._opened
                client.destroy()
                engine.dispose()
                self._opened = None

    def _open(self) -> tuple[sa.Engine, DBOSClient]:
        with self._opening:
            if self._opened is None:
                migrate(self._settings)
                engine = open_engine(self._settings)
                self._opened = (engine, open_client(engine))
            return self._opened


def _cancel(
    connection: sa.Connection, repository_id: int, number: int, delivery: str, changed_at: str
) -> Submitted:
    if ledger.saw_delivery(connection, delivery):
        return Submitted.DUPLICATE
    ledger.lock(connection, repository_id, number)
    holds = ledger.newest(connection, repository_id, number)
    if holds is None:
        return Submitted.NEW
    if is_older(changed_at, holds):
        return Submitted.STALE
    ledger.record_stop(connection, repository_id, number, changed_at or holds.changed_at)
    return Submitted.NEW


def _take_up_again(connection: sa.Connection, client: DBOSClient, installation_id: int) -> None:
    """Reviews that failed may have lacked the permission; one that lacked something else fails once more."""
    found = installations.failed(connection, installation_id, MOST_AGAIN)
    for status in client.list_workflows(workflow_ids=list(found), load_output=False) if found else ():
        if status.input is not None:
            job = replace(Job(**status.input["args"][0]), installation_id=installation_id)
            submit(connection, client, job, "", Again.UNFINISHED, priority.of_push(0))
