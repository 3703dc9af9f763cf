"""What GitHub's limits of calls leave an installation: what one worker finds out holds for all of them."""

from __future__ import annotations

import time

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.jobs.tables import LIMITS, insert_new
from bot.metrics import GITHUB_LEFT, GITHUB_RENEWED

_KEPT = 1.0  # seconds for which the database's answer is taken for true
_LEAST_NEWS = 30.0  # seconds; a limit that runs low is not written down at every call


class SharedLimit:
    """A `bot.forge.limit.Limit` in the jobs' database. One that is away for a moment limits nobody."""

    def __init__(self, engine: sa.Engine, installation_id: int) -> None:
        self._engine = engine
        self._installation_id = installation_id
        self._asked = 0.0
        self._closed = 0.0
        self._low = 0.0

    def opens_at(self) -> float:
        if time.monotonic() - self._asked > _KEPT:
            self._asked = time.monotonic()
            self._read()
        return self._closed

    def begins_at(self) -> float:
        """When a job may be begun, likewise."""
        return max(self.opens_at(), self._low)

    def close(self, until: float) -> None:
        self._closed = until
        self._write("closed_until", until)

    def run_low(self, until: float) -> None:
        if until > self._low + _LEAST_NEWS:
            self._low = until
            self._write("low_until", until)

    def left(self, calls: int, until: float) -> None:
        GITHUB_LEFT.labels(str(self._installation_id)).set(calls)
        GITHUB_RENEWED.labels(str(self._installation_id)).set(until)

    def _read(self) -> None:
        mine = LIMITS.c.installation_id == self._installation_id
        try:
            with self._engine.connect() as connection:
                wanted = sa.select(LIMITS.c.closed_until, LIMITS.c.low_until).where(mine)
                row = connection.execute(wanted).one_or_none()
        except OperationalError:
            return
        if row is not None:
            self._closed, self._low = row.closed_until, max(row.low_until, self._low)

    def _write(self, name: str, until: float) -> None:
        mine = LIMITS.c.installation_id == self._installation_id
        row = {"installation_id": self._installation_id, "closed_until": 0.0, "low_until": 0.0, name: until}
        try:
            with self._engine.begin() as connection:
                if not insert_new(connection, LIMITS, row):
                    connection.execute(sa.update(LIMITS).where(mine).values({name: until}))
        except OperationalError:
            return
