"""How the durable engine (DBOS) and its database are set up: SQLite by default, Postgres by one URL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer
from dbos._serialization import DefaultSerializer
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import SettingsError
from bot.jobs import DatabaseUnavailable
from bot.jobs.tables import create_tables
from bot.settings import Settings

APPLICATION = "suture"
QUEUE = "reviews"
WORKFLOW = "review"
COMMANDS = "asked"  # a queue beside the other, so that a stop does not wait for what it stops
COMMANDS_BEFORE = "commands"  # the same as earlier versions stored it, not parted by installations
COMMAND_WORKFLOW = "command"
CLOSE_WORKFLOW = "close"
GROUP_WORKFLOW = "group"
PROVE_WORKFLOW = "prove"
# Raise it when the order or the names of a job's steps change: kept steps then no longer fit.
JOBS_VERSION = "4"
MOST_STARTS = 25  # a job that took so many workers down with it is not started again
BUSY_SECONDS = 30
SUBSECONDS = (3, 42)  # the SQLite that knows `unixepoch('subsec')`; the engine asks every one for it


def database_url(settings: Settings) -> sa.URL:
    """The database's URL with the driver that is installed. Raises SettingsError when it cannot be read."""
    try:
        url = sa.make_url(settings.database)
    except SQLAlchemyError as exc:
        raise SettingsError(
            "SUTURE_DATABASE_URL is not a database URL (postgresql://user@host/name)."
        ) from exc
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    raise SettingsError("SUTURE_DATABASE_URL has to name an SQLite file or a Postgres database.")


def is_sqlite(settings: Settings) -> bool:
    """Whether the jobs are kept in a file of this machine."""
    return database_url(settings).get_backend_name() == "sqlite"


@contextmanager
def database(settings: Settings) -> Iterator[sa.Engine]:
    """An engine on the database as it has to be set up; disposed of at the end."""
    engine = open_engine(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def open_engine(settings: Settings) -> sa.Engine:
    """Like `database`, for who disposes of it himself."""
    url = database_url(settings)
    if url.get_backend_name() == "sqlite":
        engine = sa.create_engine(url, pool_size=5, max_overflow=5, connect_args={"timeout": BUSY_SECONDS})
        sa.event.listen(engine, "connect", _set_up_sqlite)
        return engine
    return sa.create_engine(
        url, pool_size=5, max_overflow=5, pool_pre_ping=True, connect_args={"connect_timeout": 5}
    )


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # FULL: an acknowledged delivery outlives a power cut. IMMEDIATE: a transaction that will write takes the
    # lock at its start, so it waits for its turn instead of failing in the middle.
    connection.isolation_level = "IMMEDIATE"
    if sqlite3.sqlite_version_info < SUBSECONDS:
        connection.create_function("unixepoch", 1, _seconds_since_1970)
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _seconds_since_1970(modifier: str) -> float | None:
    return time.time() if modifier == "subsec" else None


def migrate(settings: Settings) -> None:
    """Make or update every table; any number of processes may do so. Raises DatabaseUnavailable."""
    url = database_url(settings)
    try:
        if url.get_backend_name() == "sqlite":
            file = Path(str(url.database))
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(mode=0o600)  # it holds people's code; the files beside it are made alike
            with database(settings) as engine, engine.connect():
                pass  # so that the file is in WAL mode before anybody else opens it
        DBOS.migrate(url.render_as_string(hide_password=False))  # makes a Postgres database that is missing
        with database(settings) as engine:
            create_tables(engine)
    except (DBAPIError, OSError) as exc:
        raise unavailable(exc) from exc


def unavailable(cause: Exception) -> DatabaseUnavailable:
    """The error to raise for a fault of the database; it names no host, user or password."""
    return DatabaseUnavailable(f"The jobs' database does not answer ({type(cause).__name__}): is it running?")


def configuration(engine: sa.Engine, executor: str) -> DBOSConfig:
    """What the engine is started with: nothing leaves the machine, and only JSON is read back."""
    return {
        "name": APPLICATION,
        "system_database_engine": engine,
        "application_version": JOBS_VERSION,
        "executor_id": executor,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "WARNING",
        "enable_otlp": False,
        "run_migrations": False,
    }


@contextmanager
def client(engine: sa.Engine) -> Iterator[DBOSClient]:
    """The engine's client, which stores jobs and runs none."""
    one = open_client(engine)
    try:
        yield one
    finally:
        one.destroy()


def open_client(engine: sa.Engine) -> DBOSClient:
    """Like `client`, for who destroys it himself."""
    refuse_pickle()
    return DBOSClient(
        system_database_engine=engine,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION,
        lazy=True,
        retry_connection_errors=False,
    )


def register_queues(engine: sa.Engine, concurrency: int, per_installation: int) -> None:
    """Store how many jobs run side by side, in one worker and of one installation.

    The engine takes an installation at random, then the job of it that is due first. Of one installation,
    commands go one by one.
    """
    with client(engine) as one:
        one.register_queue(
            QUEUE,
            worker_concurrency=concurrency,
            partition_concurrency=per_installation,
            polling_interval_sec=0.1,
        )
        one.register_queue(COMMANDS, worker_concurrency=2, partition_concurrency=1, polling_interval_sec=0.1)
        one.register_queue(COMMANDS_BEFORE, worker_concurrency=1, polling_interval_sec=1.0)


def refuse_pickle() -> None:
    """Make the engine refuse rows that claim to be pickled: who can write rows must not run code here.

    The engine chooses by the row's own word and offers no switch, so its reader is replaced.
    """
    DefaultSerializer.deserialize = _refuse  # type: ignore[assignment,method-assign]  # no other way in


def _refuse(_self: DefaultSerializer, _serialized_data: str) -> NoReturn:
    raise ValueError("A stored row claims to be pickled. Such rows are never written here and never read.")


@contextmanager
def running(
    engine: sa.Engine, executor: str, workflows: Mapping[str, Callable[[dict[str, Any]], str]]
) -> Iterator[None]:
    """The engine carries out the workflows, which are functions by their names, within the block."""
    refuse_pickle()
    dbos = DBOS(config=configuration(engine, executor))
    try:
        for name, workflow in workflows.items():
            DBOS.workflow(name=name, max_recovery_attempts=MOST_STARTS)(workflow)
        DBOS.launch()
        yield
    finally:
        for event in dbos.background_thread_stop_events:
            event.set()
        DBOS.destroy(destroy_registry=True)
