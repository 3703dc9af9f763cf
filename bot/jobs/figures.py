"""How many jobs wait and run, and for how long the oldest waits."""

from __future__ import annotations

import time
from collections.abc import Iterator

import sqlalchemy as sa
from dbos import DBOSClient

from bot.jobs import Figures
from bot.jobs.engine import COMMANDS, QUEUE
from bot.jobs.orphans import Pulse
from bot.jobs.tables import WORKERS

MOST = 10_000  # jobs that are looked at
QUEUES = {"reviews": QUEUE, "commands": COMMANDS}  # as they are told, whatever the engine calls them


def figures(client: DBOSClient) -> Iterator[Figures]:
    """How both queues stand now."""
    for name, queue in QUEUES.items():
        waiting = _begun(client, queue, "ENQUEUED")
        running = _begun(client, queue, "PENDING")
        oldest = time.time() - min(waiting) if waiting else 0.0
        yield Figures(name, len(waiting), len(running), max(0.0, oldest))


def workers(engine: sa.Engine) -> int:
    """Those that were heard of within the time after which one counts as dead."""
    heard = WORKERS.c.seen >= time.time() - Pulse().silence
    with engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(WORKERS).where(heard)) or 0


def _begun(client: DBOSClient, queue: str, status: str) -> list[float]:
    """When the jobs of this state were stored, in seconds since 1970."""
    found = client.list_workflows(
        queue_name=queue, status=status, limit=MOST, load_input=False, load_output=False
    )
    return [(one.created_at or 0) / 1000 for one in found]
