"""What is known of a pull request from head to head, in the jobs' database: tests, proofs, last review."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import OperationalError

from bot.errors import InputError
from bot.jobs.patience import Patience, patiently
from bot.jobs.tables import KEPT_PROOFS, KEPT_TESTS, REVIEWED, insert_new
from bot.records import KeptProof, KeptTest, Reviewed
from bot.step import never

T = TypeVar("T")


class DatabaseMemory:
    """A `bot.regression.recheck.Memory`; a database that is away for a moment is waited for."""

    def __init__(self, engine: sa.Engine, repository_id: int, number: int) -> None:
        self._engine = engine
        self._key = {"repository_id": repository_id, "number": number}

    def tests(self) -> tuple[KeptTest, ...]:
        """Raises InputError for a row that holds no test."""
        return self._all(KEPT_TESTS, KeptTest)

    def keep(self, tests: tuple[KeptTest, ...]) -> None:
        self._write(KEPT_TESTS, {one.finding.id: _packed(one) for one in tests})

    def proofs(self) -> tuple[KeptProof, ...]:
        """All of them; from now on they are used again. Raises InputError for a row that holds no proof."""
        return self._all(KEPT_PROOFS, KeptProof)

    def keep_proofs(self, proofs: tuple[KeptProof, ...]) -> None:
        self._write(KEPT_PROOFS, {one.examined.finding.id: _packed(one) for one in proofs})

    def _all(self, table: sa.Table, kind: type[T]) -> tuple[T, ...]:
        mine = [table.c[name] == value for name, value in self._key.items()]

        def read() -> list[bytes]:
            with self._engine.begin() as connection:
                connection.execute(sa.update(table).where(*mine).values(used=time.time()))
                wanted = sa.select(table.c.content).where(*mine).order_by(table.c.fingerprint)
                return list(connection.scalars(wanted))

        return tuple(_unpacked(content, kind, table.name) for content in _patiently(read))

    def _write(self, table: sa.Table, contents: dict[str, bytes]) -> None:
        self._put(table, [{"fingerprint": name, "content": content} for name, content in contents.items()])

    def _put(self, table: sa.Table, rows: list[dict[str, str | bytes]]) -> None:
        """Each row in the place of one with the same key."""

        def write() -> None:
            with self._engine.begin() as connection:
                for one in rows:
                    row = {**self._key, **one, "used": time.time()}
                    if not insert_new(connection, table, row):
                        same = [column == row[column.name] for column in table.primary_key]
                        connection.execute(sa.update(table).where(*same).values(**row))

        _patiently(write)

    def reviewed(self) -> Reviewed | None:
        """Raises InputError for a row that holds no review."""
        mine = [REVIEWED.c[name] == value for name, value in self._key.items()]

        def read() -> bytes | None:
            with self._engine.connect() as connection:
                return connection.scalar(sa.select(REVIEWED.c.content).where(*mine))

        content = _patiently(read)
        return None if content is None else _unpacked(content, Reviewed, REVIEWED.name)

    def note(self, reviewed: Reviewed) -> None:
        self._put(REVIEWED, [{"content": _packed(reviewed)}])

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
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _packed(one: KeptTest | KeptProof | Reviewed) -> bytes:
    kind: type[Any] = type(one)
    return zlib.compress(_adapter(kind).dump_json(one))  # type: ignore[arg-type]  # classes can be hashed


def _unpacked(content: bytes, kind: type[T], table: str) -> T:
    try:
        read: T = _adapter(kind).validate_json(zlib.decompress(content))  # type: ignore[arg-type]  # likewise
    except (zlib.error, ValidationError) as exc:
        raise InputError(
            f"What was kept of a finding is damaged: delete the rows of this pull request from {table}."
        ) from exc
    return read
