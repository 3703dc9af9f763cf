"""Has GitHub send again what it could not deliver: it does not do so by itself.

A delivery is settled once an attempt of it succeeded, or its job is stored. GitHub's filter for failures
names HTTP codes alone, so the whole list is read, back to where the last sweep began.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.errors import GoneError
from bot.forge.answers import understood
from bot.forge.api import Api, RefusedError
from bot.forge.app_auth import app_api
from bot.jobs.tables import DELIVERIES, REDELIVERIES, SWEEPS, insert_new
from bot.metrics import SENT_AGAIN
from bot.settings import PUBLIC_API, Settings

MOST_TRIES = 8
FIRST_PAUSE = 600.0  # seconds after the first try, then twice as long, …
OVERLAP = 300.0  # seconds that are read once more
KEPT_DAYS = 3  # by GitHub; seven by its Enterprise Server
KEPT_DAYS_BY_SERVER = 7
_AT_A_TIME = 200
_DAY = 86_400.0
_log = logging.getLogger("suture.jobs")


@dataclass(frozen=True, slots=True)
class _Attempt:
    id: int
    guid: str
    at: float
    succeeded: bool


def sweep_deliveries(engine: sa.Engine, settings: Settings, now: float | None = None) -> int:
    """Ask for what failed since the last sweep, and again for what failed again; for how many.

    Raises ForgeError; what was found by then is not lost.
    """
    now = time.time() if now is None else now
    api = app_api(settings)
    days = KEPT_DAYS if settings.github_api_url == PUBLIC_API else KEPT_DAYS_BY_SERVER
    _note(engine, _read(api, max(_seen(engine) - OVERLAP, now - days * _DAY)), now)
    _settle(engine, now - days * _DAY)
    return sum(_ask(engine, api, row, now) for row in _due(engine, now))


def _read(api: Api, since: float) -> list[_Attempt]:
    """The attempts since then, the newest first."""
    found = []
    for answer in api.by_cursor("/app/hook/deliveries"):
        one = _attempt(answer)
        if one.at < since:
            break
        found.append(one)
    return found


def _attempt(answer: Any) -> _Attempt:
    with understood("a delivery"):
        at = datetime.fromisoformat(answer["delivered_at"]).timestamp()
        return _Attempt(int(answer["id"]), str(answer["guid"]), at, 200 <= answer["status_code"] < 400)


def _note(engine: sa.Engine, found: list[_Attempt], now: float) -> None:
    """Write down what failed, and strike what succeeded."""
    good = {one.guid for one in found if one.succeeded}
    with engine.begin() as connection:
        for one in found:
            if one.guid not in good:
                row = {"guid": one.guid, "attempt_id": one.id, "failed": one.at, "tries": 0, "due": now}
                insert_new(connection, REDELIVERIES, row)
        for guid in good:
            connection.execute(sa.delete(REDELIVERIES).where(REDELIVERIES.c.guid == guid))
        if found:
            row = {"name": "deliveries", "seen": found[0].at}
            if not insert_new(connection, SWEEPS, row):
                connection.execute(sa.update(SWEEPS).where(SWEEPS.c.name == "deliveries").values(**row))


def _seen(engine: sa.Engine) -> float:
    with engine.connect() as connection:
        found = connection.scalar(sa.select(SWEEPS.c.seen).where(SWEEPS.c.name == "deliveries"))
    return float(found or 0.0)


def _settle(engine: sa.Engine, kept_since: float) -> None:
    """Forget what is stored after all; give up what was tried too often, or GitHub keeps no longer."""
    with engine.begin() as connection:
        stored = sa.select(DELIVERIES.c.guid)
        connection.execute(sa.delete(REDELIVERIES).where(REDELIVERIES.c.guid.in_(stored)))
        over = sa.or_(REDELIVERIES.c.tries >= MOST_TRIES, REDELIVERIES.c.failed < kept_since)
        lost = list(connection.scalars(sa.select(REDELIVERIES.c.guid).where(over, REDELIVERIES.c.tries >= 0)))
        connection.execute(sa.update(REDELIVERIES).where(over).values(tries=-1))  # is not noted anew
        forgotten = sa.and_(REDELIVERIES.c.tries < 0, REDELIVERIES.c.failed < kept_since - _DAY)
        connection.execute(sa.delete(REDELIVERIES).where(forgotten))
    for guid in lost:
        _log.error("delivery given up", extra={"delivery": guid})


def _due(engine: sa.Engine, now: float) -> list[tuple[str, int, int]]:
    wanted = sa.select(REDELIVERIES.c.guid, REDELIVERIES.c.attempt_id, REDELIVERIES.c.tries)
    open_ones = wanted.where(REDELIVERIES.c.tries >= 0, REDELIVERIES.c.due <= now)
    with engine.connect() as connection:
        found = connection.execute(open_ones.order_by(REDELIVERIES.c.failed).limit(_AT_A_TIME))
        return [(row.guid, row.attempt_id, row.tries) for row in found]


def _ask(engine: sa.Engine, api: Api, row: tuple[str, int, int], now: float) -> bool:
    """Have it sent again; first that is written down, so that a crash does not repeat it for ever."""
    guid, attempt_id, tries = row
    due = now + FIRST_PAUSE * 2**tries
    with engine.begin() as connection:
        mine = REDELIVERIES.c.guid == guid
        connection.execute(sa.update(REDELIVERIES).where(mine).values(tries=tries + 1, due=due))
    try:
        api.call("POST", f"/app/hook/deliveries/{attempt_id}/attempts")
    except (GoneError, RefusedError) as exc:
        _log.warning("delivery not sent again", extra={"delivery": guid, "reason": str(exc)})
        return False
    SENT_AGAIN.inc()
    _log.info("delivery asked for again", extra={"delivery": guid, "tries": tries + 1})
    return True
