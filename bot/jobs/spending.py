"""The ledger of model calls in the jobs' database: what each may cost, then what it did cost."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.budget import Entry, Scope
from bot.jobs.patience import Patience, patiently
from bot.jobs.tables import SPENDING
from bot.records import Usage
from bot.step import never

T = TypeVar("T")

_SUMS = (
    sa.func.count(),
    sa.func.coalesce(sa.func.sum(SPENDING.c.input_tokens), 0),
    sa.func.coalesce(sa.func.sum(SPENDING.c.cache_read_tokens), 0),
    sa.func.coalesce(sa.func.sum(SPENDING.c.cache_write_tokens), 0),
    sa.func.coalesce(sa.func.sum(SPENDING.c.output_tokens), 0),
    sa.func.coalesce(sa.func.sum(SPENDING.c.usd), 0.0),
)


class DatabaseLedger:
    """A `bot.budget.Ledger` that all workers share; a database that is away for a moment is waited for."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def open(self, entry: Entry) -> str:
        call = uuid.uuid4().hex
        facts = {name: value for name, value in asdict(entry).items() if name != "usage"}
        row = {"call": call, "made": time.time(), **facts, **_columns(entry.usage)}
        self._write(sa.insert(SPENDING).values(**row))
        return call

    def close(self, call: str, usage: Usage) -> None:
        self._write(sa.update(SPENDING).where(SPENDING.c.call == call).values(**_columns(usage)))

    def total(self, scope: Scope) -> Usage:
        wanted = [SPENDING.c[name] == value for name, value in asdict(scope).items() if value is not None]

        def ask() -> Usage:
            with self._engine.connect() as connection:
                row = connection.execute(sa.select(*_SUMS).where(*wanted)).one()
            return Usage(int(row[0]), int(row[1]), int(row[2]), int(row[3]), int(row[4]), float(row[5]))

        return _patiently(ask)

    def calls_within(self, seconds: float) -> int:
        recent = SPENDING.c.made >= time.time() - seconds

        def ask() -> int:
            with self._engine.connect() as connection:
                counted = sa.select(sa.func.count()).select_from(SPENDING).where(recent)
                return connection.scalar(counted) or 0

        return _patiently(ask)

    def _write(self, statement: sa.Insert | sa.Update) -> None:
        def act() -> None:
            with self._engine.begin() as connection:
                connection.execute(statement)

        _patiently(act)


def _patiently(act: Callable[[], T]) -> T:
    return patiently(act, (OperationalError,), Patience(), never)


def _columns(usage: Usage) -> dict[str, object]:
    return {
        "input_tokens": usage.input_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
        "usd": usage.usd,
    }
