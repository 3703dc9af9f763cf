"""Which worker this process is: a name that outlives restarts, held by a lock that dies with the process."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from bot.jobs.engine import is_sqlite
from bot.settings import Settings

_log = logging.getLogger("suture.jobs")
MOST_WORKERS = 64  # on one machine


@contextmanager
def executor_name(settings: Settings, stop: Event) -> Iterator[str | None]:
    """The name under which to run jobs: a restarted worker gets its old one and goes on with what it left.

    An SQLite file has one worker at a time: a second one waits here until the first has gone, or until `stop`
    is set, which yields None. With Postgres each worker of a machine gets its own name.
    """
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    slots = 1 if is_sqlite(settings) else MOST_WORKERS
    host = "local" if is_sqlite(settings) else socket.gethostname()
    waits = False
    while not stop.is_set():
        for slot in range(slots):
            lock = _locked(settings.data / f"worker-{slot}.lock")
            if lock is not None:
                try:
                    yield f"{host}-{slot}"
                finally:
                    os.close(lock)
                return
        if not waits:
            _log.warning("another worker holds the database; waiting for it to end")
            waits = True
        stop.wait(0.5)
    yield None


def _locked(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
