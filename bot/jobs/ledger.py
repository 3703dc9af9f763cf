"""What was asked of each pull request, in order, and how it ended."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from bot.jobs.tables import DELIVERIES, PROVINGS, REQUESTS, STOPS, insert_new
from bot.records import Command, Job


class End(StrEnum):
    """How a job ended."""

    DONE = "done"
    SUPERSEDED = "superseded"
    FAILED = "failed"
    POSTPONED = "postponed"  # another attempt of it waits until GitHub takes calls again


@dataclass(frozen=True, slots=True)
class Request:
    """One row of the ledger. `workflow` is None for a request to stop."""

    sequence: int
    changed_at: str
    workflow: str | None
    head_sha: str
    attempt: int
    end: str | None


def workflow_id(job: Job) -> str:
    """The job's natural key: the same pull request at the same head is the same job."""
    key = f"pr:{job.repository_id}:{job.number}:{job.head_sha}"
    return key if job.attempt == 1 else f"{key}:{job.attempt}"


_COLUMNS = (
    REQUESTS.c.sequence,
    REQUESTS.c.changed_at,
    REQUESTS.c.workflow,
    REQUESTS.c.head_sha,
    REQUESTS.c.attempt,
    REQUESTS.c.end,
)


def saw_delivery(connection: sa.Connection, guid: str) -> bool:
    """Whether the delivery was seen before; from now on it was."""
    return not insert_new(connection, DELIVERIES, {"guid": guid, "received": time.time()})


def lock(connection: sa.Connection, repository_id: int, number: int) -> None:
    """Until the transaction ends nobody else asks for anything of the pull request. SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        keys = (one % 2**31 for one in (repository_id, number))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(*keys)))


def newest(connection: sa.Connection, repository_id: int, number: int) -> Request | None:
    """What holds for a pull request now."""
    row = connection.execute(
        sa.select(*_COLUMNS)
        .where(REQUESTS.c.repository_id == repository_id, REQUESTS.c.number == number)
        .order_by(REQUESTS.c.changed_at.desc(), REQUESTS.c.sequence.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Request(*row)


def last_sequence(connection: sa.Connection, repository_id: int, number: int) -> int:
    """The place in the order of what was asked last of a pull request; 0 for nothing."""
    mine = (REQUESTS.c.repository_id == repository_id, REQUESTS.c.number == number)
    return int(connection.scalar(sa.select(sa.func.max(REQUESTS.c.sequence)).where(*mine)) or 0)


def last_attempt(connection: sa.Connection, job: Job) -> Request | None:
    """The last request for the job's head."""
    row = connection.execute(
        sa.select(*_COLUMNS)
        .where(
            REQUESTS.c.repository_id == job.repository_id,
            REQUESTS.c.number == job.number,
            REQUESTS.c.head_sha == job.head_sha,
            REQUESTS.c.workflow.is_not(None),
        )
        .order_by(REQUESTS.c.attempt.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Request(*row)


def record_job(connection: sa.Connection, job: Job, changed_at: str) -> None:
    """Write down that the job was asked for."""
    _record(connection, job.repository_id, job.number, changed_at, job)


def record_stop(
    connection: sa.Connection, repository_id: int, number: int, changed_at: str, login: str = ""
) -> None:
    """Write down that whatever runs for the pull request is to stop, and who, if anybody, wants it."""
    sequence = _record(connection, repository_id, number, changed_at, None)
    if login:
        connection.execute(sa.insert(STOPS).values(sequence=sequence, login=login))


def stop(engine: sa.Engine, asked: Command) -> bool:
    """Let what was asked for before the comment end at its next step; whether there was anything."""
    with engine.begin() as connection:
        holds = newest(connection, asked.repository_id, asked.number)
        if holds is not None and holds.workflow is None and holds.changed_at == asked.asked_at:
            return True  # this very request, carried out before
        reviewing = holds is not None and holds.workflow is not None and holds.end is None
        if not (reviewing or _proves(connection, asked)):
            return False
        if holds is not None and asked.asked_at < holds.changed_at:
            return False
        record_stop(connection, asked.repository_id, asked.number, asked.asked_at, asked.login)
        return True


def _proves(connection: sa.Connection, asked: Command) -> bool:
    """Whether a finding of the pull request is being proven again."""
    mine = (PROVINGS.c.repository_id == asked.repository_id, PROVINGS.c.number == asked.number)
    wanted = sa.select(PROVINGS.c.workflow).where(*mine, PROVINGS.c.ended.is_(None)).limit(1)
    return connection.execute(wanted).first() is not None


def _record(
    connection: sa.Connection, repository_id: int, number: int, changed_at: str, job: Job | None
) -> int:
    """Its place in the order."""
    inserted = connection.execute(
        sa.insert(REQUESTS).values(
            repository_id=repository_id,
            number=number,
            changed_at=changed_at,
            workflow=None if job is None else workflow_id(job),
            head_sha="" if job is None else job.head_sha,
            attempt=0 if job is None else job.attempt,
            asked=time.time(),
        )
    ).inserted_primary_key
    return int(inserted[0]) if inserted else 0


def record_end(engine: sa.Engine, workflow: str, end: End) -> None:
    """Write down how a job ended."""
    with engine.begin() as connection:
        connection.execute(sa.update(REQUESTS).where(REQUESTS.c.workflow == workflow).values(end=end.value))


def ends(engine: sa.Engine) -> dict[str, str | None]:
    """Every job that was asked for, with its end; None for one that waits or runs."""
    with engine.connect() as connection:
        rows = connection.execute(
            sa.select(REQUESTS.c.workflow, REQUESTS.c.end)
            .where(REQUESTS.c.workflow.is_not(None))
            .order_by(REQUESTS.c.sequence)
        )
        return {row.workflow: row.end for row in rows}
