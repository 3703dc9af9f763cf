"""Who is signed in to the dashboard, and which repositories each may see. No token of GitHub's is kept."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from bot.jobs.tables import SESSIONS

LIFE = 3_600.0  # seconds; then GitHub is asked anew what the person may see


@dataclass(frozen=True, slots=True)
class Session:
    """One person in one browser."""

    login: str
    repositories: Mapping[int, str]  # names by ids
    form: str  # what a form of ours brings back


def begin(engine: sa.Engine, login: str, repositories: Mapping[int, str]) -> str:
    """A new session's secret word, of which only the hash is kept; sessions that are over go."""
    word, now = secrets.token_urlsafe(32), time.time()
    row = {
        "digest": _digest(word),
        "login": login,
        "repositories": json.dumps(dict(repositories)),
        "form": secrets.token_urlsafe(32),
        "ends": now + LIFE,
    }
    with engine.begin() as connection:
        connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.ends <= now))
        connection.execute(sa.insert(SESSIONS).values(**row))
    return word


def find(engine: sa.Engine, word: str) -> Session | None:
    """The session of this word; None when there is none, or it is over."""
    wanted = sa.select(SESSIONS).where(SESSIONS.c.digest == _digest(word), SESSIONS.c.ends > time.time())
    with engine.connect() as connection:
        row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    seen = {int(one): name for one, name in json.loads(row.repositories).items()}
    return Session(row.login, seen, row.form)


def end(engine: sa.Engine, word: str) -> None:
    """From now on the word is worth nothing."""
    with engine.begin() as connection:
        connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.digest == _digest(word)))


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
