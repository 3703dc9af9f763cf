"""Lets a job wait in the queue for GitHub to take calls again."""

from __future__ import annotations

import logging
import time

import sqlalchemy as sa

from bot.jobs import Submitted, ledger, priority
from bot.jobs.engine import client
from bot.jobs.ledger import End
from bot.jobs.limits import SharedLimit
from bot.jobs.submit import Again, submit
from bot.jobs.tables import REQUESTS
from bot.records import Job

MOST_ATTEMPTS = 100  # a head that was tried so often is not postponed any more
_log = logging.getLogger("suture.jobs")


def postponed(engine: sa.Engine, job: Job, *, begun: bool) -> bool:
    """Whether another attempt of the job waits, since GitHub takes no calls for it now.

    One that was not `begun` waits too while the calls that are left are for what is under way. False also
    when something newer was asked for.
    """
    limit = SharedLimit(engine, job.installation_id)
    wait = (limit.opens_at() if begun else limit.begins_at()) - time.time()
    if wait <= 0 or job.attempt >= MOST_ATTEMPTS:
        return False
    mine = ledger.workflow_id(job)
    with client(engine) as one, engine.begin() as connection:
        holds = ledger.newest(connection, job.repository_id, job.number)
        if holds is None or holds.workflow != mine:
            return False
        ended = sa.update(REQUESTS).where(REQUESTS.c.workflow == mine)
        connection.execute(ended.values(end=End.POSTPONED.value))
        again = submit(connection, one, job, "", Again.ENDED, priority.WISH, wait)
    _log.info("job postponed", extra={"seconds": round(wait)})
    return again is Submitted.NEW
