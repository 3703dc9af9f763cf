"""What the workers do from time to time beside their jobs: of all workers one, unless said otherwise."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

import sqlalchemy as sa

from bot.jobs.tables import ROUNDS, insert_new

_log = logging.getLogger("suture.jobs")
_LOOK = 1.0  # seconds between looks at what is due
_ASK = 15.0  # at most, between questions whether others did it
MINUTE = 60.0
HOUR = 3_600.0


@dataclass(frozen=True, slots=True)
class Round:
    """Work that is due every so many seconds, from the first start on. It may break off at any place."""

    name: str
    every: float
    work: Callable[[sa.Engine], object]
    everywhere: bool = False  # each worker does it: it concerns the worker's own disk


@contextmanager
def going_round(engine: sa.Engine, rounds: Sequence[Round]) -> Iterator[None]:
    """Do the rounds beside the block. One that fails is logged and due again at its next time."""
    stop = Event()
    thread = Thread(target=_go, args=(engine, rounds, stop), name="rounds", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)  # a round may be waiting for GitHub; it may break off


def _go(engine: sa.Engine, rounds: Sequence[Round], stop: Event) -> None:
    own: dict[str, float] = {}
    with ThreadPoolExecutor(1, "round") as pool:
        while not stop.is_set():
            for one in rounds:
                error = pool.submit(_do_if_due, engine, one, own).exception()
                if error is not None and not stop.is_set():
                    _log.warning("round failed", extra={"round": one.name, "reason": str(error)[:500]})
                    _log.debug("round failed", exc_info=error)
                if stop.is_set():
                    return
            stop.wait(_LOOK)


def _do_if_due(engine: sa.Engine, one: Round, own: dict[str, float]) -> None:
    now = time.time()
    if own.get(one.name, 0.0) > now:
        return
    own[one.name] = now + (one.every if one.everywhere else min(one.every, _ASK))
    if one.everywhere or claim(engine, one, now):
        one.work(engine)


def claim(engine: sa.Engine, one: Round, now: float) -> bool:
    """Whether the round is due and nobody else does it; from now on it is due `every` seconds later."""
    with engine.connect() as connection:
        due = connection.scalar(sa.select(ROUNDS.c.due).where(ROUNDS.c.name == one.name))
    if due is not None and due > now:
        return False
    with engine.begin() as connection:
        if insert_new(connection, ROUNDS, {"name": one.name, "due": now + one.every}):
            return True
        taken = sa.update(ROUNDS).where(ROUNDS.c.name == one.name, ROUNDS.c.due <= now)
        return connection.execute(taken.values(due=now + one.every)).rowcount == 1
