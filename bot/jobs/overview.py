"""What the dashboard asks of the jobs' database: always of these repositories alone."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.jobs.engine import client, database, migrate, unavailable
from bot.jobs.tables import DISMISSALS, REQUESTS, ROUNDS, SPENDING, WORKERS
from bot.settings import Settings

MOST_UNDER_WAY = 50


class Reading:
    """Opens the jobs' database for one page at a time; makes the tables when first used. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._is_made = False

    @contextmanager
    def open(self) -> Iterator[sa.Engine]:
        """Raises DatabaseUnavailable, for what fails within the block too."""
        with self._lock:
            if not self._is_made:
                migrate(self._settings)
                self._is_made = True
        try:
            with database(self._settings) as engine:
                yield engine
        except (DBAPIError, PoolTimeout) as exc:
            raise unavailable(exc) from exc


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A review that waits or runs."""

    repository_id: int
    number: int
    head_sha: str
    asked: float  # seconds since 1970
    is_running: bool
    done: tuple[str, ...]  # the steps that are behind it


def under_way(engine: sa.Engine, repositories: Collection[int]) -> tuple[UnderWay, ...]:
    """The oldest first, and at most fifty."""
    wanted = (
        sa.select(REQUESTS)
        .where(
            REQUESTS.c.repository_id.in_(sorted(repositories)),
            REQUESTS.c.workflow.is_not(None),
            REQUESTS.c.end.is_(None),
        )
        .order_by(REQUESTS.c.sequence)
        .limit(MOST_UNDER_WAY)
    )
    with engine.connect() as connection:
        rows = connection.execute(wanted).all()
    if not rows:
        return ()
    with client(engine) as one:
        found = one.list_workflows(
            workflow_ids=[row.workflow for row in rows], status="PENDING", load_input=False, load_output=False
        )
        steps = {
            status.workflow_id: tuple(
                step["function_name"]
                for step in one.list_workflow_steps(status.workflow_id, load_output=False)
            )
            for status in found
        }
    return tuple(
        UnderWay(
            row.repository_id,
            row.number,
            row.head_sha,
            row.asked,
            row.workflow in steps,
            steps.get(row.workflow, ()),
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class Spent:
    """What one repository's calls to models cost on one day."""

    day: str  # UTC, YYYY-MM-DD
    repository_id: int
    calls: int
    unpriced: int  # of these, calls of a model whose price is not known
    usd: float  # of the others


def spent(engine: sa.Engine, repositories: Collection[int], since: float) -> tuple[Spent, ...]:
    """By day and repository; a call that still runs counts with the most that it may cost."""
    columns = (SPENDING.c.day, SPENDING.c.repository_id)
    wanted = (
        sa.select(
            *columns,
            sa.func.count().label("calls"),
            sa.func.count(SPENDING.c.usd).label("priced"),
            sa.func.coalesce(sa.func.sum(SPENDING.c.usd), 0.0).label("usd"),
        )
        .where(SPENDING.c.repository_id.in_(sorted(repositories)), SPENDING.c.made >= since)
        .group_by(*columns)
        .order_by(*columns)
    )
    with engine.connect() as connection:
        return tuple(
            Spent(row.day, row.repository_id, row.calls, row.calls - row.priced, float(row.usd))
            for row in connection.execute(wanted)
        )


def dismissed(engine: sa.Engine, repositories: Collection[int]) -> frozenset[tuple[int, int, str]]:
    """Repository, pull request and finding of all that people dismissed."""
    columns = (DISMISSALS.c.repository_id, DISMISSALS.c.number, DISMISSALS.c.fingerprint)
    wanted = sa.select(*columns).where(DISMISSALS.c.repository_id.in_(sorted(repositories)))
    with engine.connect() as connection:
        return frozenset((row[0], row[1], row[2]) for row in connection.execute(wanted))


@dataclass(frozen=True, slots=True)
class Pulse:
    """Who works, and what is done from time to time."""

    workers: tuple[tuple[str, str, float], ...]  # name, version of the jobs, seconds since it last told
    rounds: tuple[tuple[str, float], ...]  # name, seconds until it is due; below 0 when it is late


def pulse(engine: sa.Engine) -> Pulse:
    """As the workers told last."""
    now = time.time()
    with engine.connect() as connection:
        workers = connection.execute(sa.select(WORKERS).order_by(WORKERS.c.executor)).all()
        rounds = connection.execute(sa.select(ROUNDS).order_by(ROUNDS.c.name)).all()
    return Pulse(
        tuple((row.executor, row.version, max(0.0, now - row.seen)) for row in workers),
        tuple((row.name, row.due - now) for row in rounds),
    )
