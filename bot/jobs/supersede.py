"""When a job has to give way: its pull request got a newer push, or was closed."""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa

from bot.errors import Stopped, Superseded
from bot.jobs.tables import PROVINGS, REQUESTS, STOPS

SUPERSEDED = "A newer push of this pull request, or its closing, took this review's place."
KEPT_SECONDS = 0.5  # how long an answer of the database is taken for true


Newer = sa.Select[tuple[int, str | None]]


def is_superseded(engine: sa.Engine, newer: Newer) -> bool:
    """Whether something `newer` than a job was asked of its pull request."""
    with engine.connect() as connection:
        return connection.execute(newer).first() is not None


def why_superseded(engine: sa.Engine, newer: Newer) -> Superseded:
    """What to say of a job that has to give way: who stopped it, where that is the last that was asked."""
    with engine.connect() as connection:
        row = connection.execute(newer).first()
    return Stopped(f"Stopped by @{row.login}.") if row and row.login else Superseded(SUPERSEDED)


def newer_than_proving(workflow: str) -> Newer:
    """The last request since this proof was asked for, if there is one, and who stopped the job by it."""
    same = sa.and_(
        REQUESTS.c.repository_id == PROVINGS.c.repository_id, REQUESTS.c.number == PROVINGS.c.number
    )
    return (
        sa.select(REQUESTS.c.sequence, STOPS.c.login)
        .join(PROVINGS, same)
        .outerjoin(STOPS, STOPS.c.sequence == REQUESTS.c.sequence)
        .where(PROVINGS.c.workflow == workflow, REQUESTS.c.sequence > PROVINGS.c.after)
        .order_by(REQUESTS.c.sequence.desc())
        .limit(1)
    )


def newer_than_job(workflow: str) -> Newer:
    """The newest request, if it is newer than this job, and who stopped the job by it."""
    mine = REQUESTS.alias("mine")
    newer = REQUESTS.alias("newer")
    return (
        sa.select(newer.c.sequence, STOPS.c.login)
        .join(
            mine,
            sa.and_(newer.c.repository_id == mine.c.repository_id, newer.c.number == mine.c.number),
        )
        .outerjoin(STOPS, STOPS.c.sequence == newer.c.sequence)
        .where(
            mine.c.workflow == workflow,
            sa.or_(
                newer.c.changed_at > mine.c.changed_at,
                sa.and_(newer.c.changed_at == mine.c.changed_at, newer.c.sequence > mine.c.sequence),
            ),
        )
        .order_by(newer.c.changed_at.desc(), newer.c.sequence.desc())
        .limit(1)
    )


def remembered(ask: Callable[[], bool], seconds: float = KEPT_SECONDS) -> Callable[[], bool]:
    """`ask`, called at most once in so many seconds, and never again once it said yes."""
    answer = False
    until = 0.0

    def asked() -> bool:
        nonlocal answer, until
        now = time.monotonic()
        if not answer and now >= until:
            answer = ask()
            until = now + seconds
        return answer

    return asked
