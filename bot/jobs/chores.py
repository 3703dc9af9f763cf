"""What has to be tidied from time to time: jobs that ended unseen, and what nobody will ask for any more."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import sqlalchemy as sa
from dbos import DBOSClient

from bot.jobs import ledger
from bot.jobs.engine import client
from bot.jobs.ledger import End
from bot.jobs.tables import (
    ARCHIVE,
    BLOBS,
    DELIVERIES,
    DISMISSALS,
    KEPT_PROOFS,
    KEPT_TESTS,
    LIMITS,
    PROVINGS,
    REQUESTS,
    REVIEWED,
    SPENDING,
    STOPS,
)

KEEP_DAYS = 90.0
KEEP_TESTS_DAYS = 30.0  # after their last use
KEEP_DELIVERIES_DAYS = 30.0  # GitHub can deliver again for seven days at most
KEEP_DISMISSALS_DAYS = 400.0  # after their last use: they are to outlive a pull request that rests
_DAY = 86_400.0
_GIVEN_UP = ["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED"]
_AT_A_TIME = 200


def tidy(engine: sa.Engine, keep_days: float = KEEP_DAYS) -> None:
    """Settle jobs that the engine gave up, and delete what ended more than `keep_days` ago."""
    now = time.time()
    before = now - keep_days * _DAY
    with client(engine) as one:
        _settle(engine, one)
        _delete_workflows(one, before)
    with engine.begin() as connection:
        over = sa.or_(REQUESTS.c.end.is_not(None), REQUESTS.c.workflow.is_(None))
        connection.execute(sa.delete(REQUESTS).where(REQUESTS.c.asked < before, over))
        kept = sa.select(REQUESTS.c.sequence)
        connection.execute(sa.delete(STOPS).where(STOPS.c.sequence.not_in(kept)))
        connection.execute(sa.delete(SPENDING).where(SPENDING.c.made < before))
        connection.execute(sa.delete(BLOBS).where(BLOBS.c.stored < before))
        connection.execute(sa.delete(ARCHIVE).where(ARCHIVE.c.ended < before))
        connection.execute(sa.delete(PROVINGS).where(PROVINGS.c.asked < before))
        seen_before = max(before, now - KEEP_DELIVERIES_DAYS * _DAY)
        connection.execute(sa.delete(DELIVERIES).where(DELIVERIES.c.received < seen_before))
        ended = sa.and_(LIMITS.c.closed_until < now, LIMITS.c.low_until < now)
        connection.execute(sa.delete(LIMITS).where(ended))
        used_before = max(before, now - KEEP_TESTS_DAYS * _DAY)
        for table in (KEPT_TESTS, KEPT_PROOFS, REVIEWED):
            connection.execute(sa.delete(table).where(table.c.used < used_before))
        long_before = min(before, now - KEEP_DISMISSALS_DAYS * _DAY)
        connection.execute(sa.delete(DISMISSALS).where(DISMISSALS.c.used < long_before))


def _settle(engine: sa.Engine, one: DBOSClient) -> None:
    """Write down as failed what the engine will not start again, so that it can be asked for anew."""
    waiting = [workflow for workflow, end in ledger.ends(engine).items() if end is None]
    for start in range(0, len(waiting), _AT_A_TIME):
        some = waiting[start : start + _AT_A_TIME]
        found = one.list_workflows(workflow_ids=some, status=_GIVEN_UP, load_input=False, load_output=False)
        for status in found:
            ledger.record_end(engine, status.workflow_id, End.FAILED)


def _delete_workflows(one: DBOSClient, before: float) -> None:
    until = datetime.fromtimestamp(before, UTC).isoformat()
    while True:
        old = one.list_workflows(
            status=["SUCCESS", *_GIVEN_UP],
            completed_before=until,
            limit=_AT_A_TIME,
            load_input=False,
            load_output=False,
        )
        if not old:
            return
        one.delete_workflows([status.workflow_id for status in old])
