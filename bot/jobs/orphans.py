"""Jobs whose worker died, or is of a version that is no more: others take them up, so that none is lost.

Each worker tells every few seconds that it lives. What a dead one of this version left goes on where it was;
what one of another version left begins anew, since the steps that it kept may not fit: publishing converges.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
from dbos import DBOS, DBOSClient
from dbos._sys_db import WorkflowStatus
from sqlalchemy.exc import OperationalError

from bot.jobs import ledger
from bot.jobs.engine import JOBS_VERSION, client
from bot.jobs.rounds import Round, going_round
from bot.jobs.tables import ROUNDS, WORKERS, insert_new

_log = logging.getLogger("suture.jobs")
_ROUND = "orphans"
_FORGOTTEN = 86_400.0  # seconds after which a dead worker's name is


@dataclass(frozen=True, slots=True)
class Pulse:
    """How often a worker tells that it lives, and after how long a silence it is dead, in seconds."""

    beat: float = 10.0
    silence: float = 120.0


@dataclass(frozen=True, slots=True)
class _Living:
    """Who lives: worker and version together, and all versions among them."""

    workers: frozenset[tuple[str, str]]

    @property
    def versions(self) -> frozenset[str]:
        return frozenset(version for _, version in self.workers)


@contextmanager
def alive(engine: sa.Engine, executor: str, pulse: Pulse) -> Iterator[None]:
    """Within the block the worker counts as living; after it its jobs are anybody's."""
    _tell(engine, executor)
    beat = Round("beat", pulse.beat, lambda one: _tell(one, executor), everywhere=True)
    try:
        with going_round(engine, (beat,)):
            yield
    finally:
        # A database that is away learns it from the silence.
        with suppress(OperationalError), engine.begin() as connection:
            connection.execute(sa.delete(WORKERS).where(WORKERS.c.executor == executor))
            connection.execute(sa.update(ROUNDS).where(ROUNDS.c.name == _ROUND).values(due=0.0))


def adopting(pulse: Pulse) -> Round:
    """The round that takes up what dead workers left. A launched engine has to run in the process."""
    return Round(_ROUND, pulse.silence / 4, partial(adopt, silence=pulse.silence))


def adopt(engine: sa.Engine, silence: float) -> None:
    """Take up what those left who are silent for so many seconds."""
    living = _living(engine, silence)
    with client(engine) as one:
        _lead(one, living)
        claimed = one.list_workflows(status=["PENDING", "ENQUEUED"], load_input=False, load_output=False)
        left = [status for status in claimed if _is_left(status, living)]
        ours = {str(status.executor_id) for status in left if status.app_version == JOBS_VERSION}
        for status in left:
            if status.app_version != JOBS_VERSION:
                _begin_anew(one, status)
        for status in _torn(engine, one, living):
            _begin_anew(one, status)
    if ours:
        _log.warning("workers died; going on with their jobs", extra={"executors": sorted(ours)})
        DBOS._recover_pending_workflows(sorted(ours))  # noqa: SLF001  it has no public name


def _is_left(status: WorkflowStatus, living: _Living) -> bool:
    version = status.app_version
    if version is None:  # nobody claimed it yet
        return False
    if status.status == "ENQUEUED":
        return version != JOBS_VERSION and version not in living.versions
    return (status.executor_id or "", version) not in living.workers


def _torn(engine: sa.Engine, one: DBOSClient, living: _Living) -> list[WorkflowStatus]:
    """What a worker cancelled to begin it anew, and did not come to that."""
    found = one.list_workflows(status="CANCELLED", load_input=False, load_output=False)
    near = {None, JOBS_VERSION, *living.versions}
    strangers = [status for status in found if status.app_version not in near]
    ends = ledger.ends(engine) if strangers else {}
    return [status for status in strangers if ends.get(status.workflow_id, "") is None]


def _begin_anew(one: DBOSClient, status: WorkflowStatus) -> None:
    _log.warning(
        "begins anew in this version", extra={"workflow": status.workflow_id, "version": status.app_version}
    )
    one.cancel_workflow(status.workflow_id)  # only what has ended can be wound back
    one.rewind_workflow(
        status.workflow_id,
        application_version=JOBS_VERSION,
        queue_name=status.queue_name,
        queue_partition_key=status.queue_partition_key,
    )


def _lead(one: DBOSClient, living: _Living) -> None:
    """New jobs go to the newest version: where nobody of that lives any more, this one is."""
    newest = one.get_latest_application_version()["version_name"]
    if newest != JOBS_VERSION and newest not in living.versions:
        one.set_latest_application_version(JOBS_VERSION)


def _living(engine: sa.Engine, silence: float) -> _Living:
    now = time.time()
    with engine.begin() as connection:
        connection.execute(sa.delete(WORKERS).where(WORKERS.c.seen < now - _FORGOTTEN))
        wanted = sa.select(WORKERS.c.executor, WORKERS.c.version).where(WORKERS.c.seen >= now - silence)
        return _Living(frozenset((row.executor, row.version) for row in connection.execute(wanted)))


def _tell(engine: sa.Engine, executor: str) -> None:
    row = {"executor": executor, "version": JOBS_VERSION, "seen": time.time()}
    with engine.begin() as connection:
        if not insert_new(connection, WORKERS, row):
            connection.execute(sa.update(WORKERS).where(WORKERS.c.executor == executor).values(**row))
