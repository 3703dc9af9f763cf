"""The reviews that ended, in the jobs' database, for the dashboard."""

from __future__ import annotations

import time
import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.jobs.ledger import workflow_id
from bot.jobs.tables import ARCHIVE, insert_new
from bot.records import Archived

MOST_REPORT = 4_000_000  # characters; a longer one is not kept, the rest is
_ADAPTER = TypeAdapter(Archived)


@dataclass(frozen=True, slots=True)
class Entry:
    """One review, and when it ended, in seconds since 1970."""

    workflow: str
    ended: float
    review: Archived


def keep(engine: sa.Engine, review: Archived) -> None:
    """Keep it; in the place of an earlier attempt at the same job."""
    workflow = workflow_id(review.job)
    kept = review if len(review.report) <= MOST_REPORT else replace(review, report="")
    row = {
        "workflow": workflow,
        "repository_id": review.job.repository_id,
        "ended": time.time(),
        "facts": _ADAPTER.dump_json(replace(kept, report="")),
        "report": zlib.compress(kept.report.encode()),
    }
    with engine.begin() as connection:
        if not insert_new(connection, ARCHIVE, row):
            connection.execute(sa.update(ARCHIVE).where(ARCHIVE.c.workflow == workflow).values(**row))


def entries(
    engine: sa.Engine, repositories: Collection[int], since: float, most: int = 5_000
) -> tuple[Entry, ...]:
    """Those of these repositories alone that ended since then, the newest first, without their reports."""
    wanted = (
        sa.select(ARCHIVE.c.workflow, ARCHIVE.c.ended, ARCHIVE.c.facts)
        .where(ARCHIVE.c.repository_id.in_(sorted(repositories)), ARCHIVE.c.ended >= since)
        .order_by(ARCHIVE.c.ended.desc())
        .limit(most)
    )
    with engine.connect() as connection:
        found = connection.execute(wanted).all()
    return tuple(Entry(row.workflow, row.ended, _ADAPTER.validate_json(row.facts)) for row in found)


def entry(engine: sa.Engine, repositories: Collection[int], workflow: str) -> Entry | None:
    """One with its report; None when there is none, or when it is another repository's."""
    wanted = sa.select(ARCHIVE).where(
        ARCHIVE.c.workflow == workflow, ARCHIVE.c.repository_id.in_(sorted(repositories))
    )
    with engine.connect() as connection:
        row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    review = replace(_ADAPTER.validate_json(row.facts), report=zlib.decompress(row.report).decode())
    return Entry(row.workflow, row.ended, review)
