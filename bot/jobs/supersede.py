"""When a job has to give way: its pull request got a newer push, or was closed."""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa

from bot.jobs.tables import REQUESTS

KEPT_SECONDS = 0.5  # how long an answer of the database is taken for true


def is_superseded(engine: sa.Engine, workflow: str) -> bool:
    """Whether something newer than this job was asked of its pull request."""
    mine = REQUESTS.alias("mine")
    newer = REQUESTS.alias("newer")
    question = (
        sa.select(newer.c.sequence)
        .join(
            mine,
            sa.and_(newer.c.repository_id == mine.c.repository_id, newer.c.number == mine.c.number),
        )
        .where(
            mine.c.workflow == workflow,
            sa.or_(
                newer.c.changed_at > mine.c.changed_at,
                sa.and_(newer.c.changed_at == mine.c.changed_at, newer.c.sequence > mine.c.sequence),
            ),
        )
        .limit(1)
    )
    with engine.connect() as connection:
        return connection.execute(question).first() is not None


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
