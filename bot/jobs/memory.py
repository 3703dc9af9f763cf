"""The regression tests of a pull request in the jobs' database, from head to head."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import OperationalError

from bot.errors import InputError
from bot.jobs.patience import Patience, patiently
from bot.jobs.tables import KEPT_TESTS, insert_new
from bot.records import KeptTest
from bot.step import never

T = TypeVar("T")


class DatabaseMemory:
    """A `bot.regression.recheck.Memory`; a database that is away for a moment is waited for."""

    def __init__(self, engine: sa.Engine, repository_id: int, number: int) -> None:
        self._engine = engine
        self._key = {"repository_id": repository_id, "number": number}

    def tests(self) -> tuple[KeptTest, ...]:
        """Raises InputError for a row that holds no test."""
        mine = [KEPT_TESTS.c[name] == value for name, value in self._key.items()]

        def read() -> list[bytes]:
            with self._engine.begin() as connection:
                connection.execute(sa.update(KEPT_TESTS).where(*mine).values(used=time.time()))
                wanted = sa.select(KEPT_TESTS.c.content).where(*mine).order_by(KEPT_TESTS.c.fingerprint)
                return list(connection.scalars(wanted))

        return tuple(map(_unpacked, _patiently(read)))

    def keep(self, tests: tuple[KeptTest, ...]) -> None:
        rows = [
            {**self._key, "fingerprint": one.finding.id, "content": _packed(one), "used": time.time()}
            for one in tests
        ]

        def write() -> None:
            with self._engine.begin() as connection:
                for row in rows:
                    if not insert_new(connection, KEPT_TESTS, row):
                        same = [column == row[column.name] for column in KEPT_TESTS.primary_key]
                        connection.execute(sa.update(KEPT_TESTS).where(*same).values(**row))

        _patiently(write)

    def forget(self, findings: tuple[str, ...]) -> None:
        mine = [KEPT_TESTS.c[name] == value for name, value in self._key.items()]
        named = KEPT_TESTS.c.fingerprint.in_(findings)

        def write() -> None:
            with self._engine.begin() as connection:
                connection.execute(sa.delete(KEPT_TESTS).where(*mine, named))

        _patiently(write)


def _patiently(act: Callable[[], T]) -> T:
    return patiently(act, (OperationalError,), Patience(), never)


@cache
def _adapter() -> TypeAdapter[KeptTest]:
    return TypeAdapter(KeptTest)


def _packed(one: KeptTest) -> bytes:
    return zlib.compress(_adapter().dump_json(one))


def _unpacked(content: bytes) -> KeptTest:
    try:
        return _adapter().validate_json(zlib.decompress(content))
    except (zlib.error, ValidationError) as exc:
        raise InputError(
            "A kept regression test is damaged: delete the rows of this pull request from suture_kept_test."
        ) from exc
