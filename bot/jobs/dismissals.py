"""What people dismissed on a pull request, in the jobs' database, from head to head."""

from __future__ import annotations

import time
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.jobs.patience import Patience, patiently
from bot.jobs.tables import DISMISSALS, insert_new
from bot.records import Dismissal
from bot.step import never


class Dismissals:
    """Those of one pull request; a database that is away for a moment is waited for."""

    def __init__(self, engine: sa.Engine, repository_id: int, number: int) -> None:
        self._engine = engine
        self._key = {"repository_id": repository_id, "number": number}

    def all(self) -> tuple[Dismissal, ...]:
        """In the order of findings and names; from now on they are used again."""
        mine = [DISMISSALS.c[name] == value for name, value in self._key.items()]
        columns = (DISMISSALS.c.fingerprint, DISMISSALS.c.login, DISMISSALS.c.reason, DISMISSALS.c.by_author)

        def read() -> tuple[Dismissal, ...]:
            with self._engine.begin() as connection:
                connection.execute(sa.update(DISMISSALS).where(*mine).values(used=time.time()))
                found = connection.execute(sa.select(*columns).where(*mine).order_by(*columns[:2]))
                return tuple(Dismissal(*row) for row in found)

        return patiently(read, (OperationalError,), Patience(), never)

    def add(self, one: Dismissal) -> None:
        """Write it down, in the place of an earlier one by the same person."""
        key = {**self._key, "fingerprint": one.fingerprint, "login": one.login}
        said = {"reason": one.reason, "by_author": one.by_author, "used": time.time()}
        with self._engine.begin() as connection:
            if not insert_new(connection, DISMISSALS, key | said):
                same = [DISMISSALS.c[name] == value for name, value in key.items()]
                connection.execute(sa.update(DISMISSALS).where(*same).values(**said))

    def remove(self, fingerprints: Collection[str]) -> None:
        """Forget what was said of these findings, whoever said it."""
        mine = [DISMISSALS.c[name] == value for name, value in self._key.items()]
        with self._engine.begin() as connection:
            connection.execute(sa.delete(DISMISSALS).where(*mine, DISMISSALS.c.fingerprint.in_(fingerprints)))
