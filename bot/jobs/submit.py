"""Whether what is asked for becomes a job, in the transaction of whoever asks."""

from __future__ import annotations

from dataclasses import asdict, replace
from enum import IntEnum

import sqlalchemy as sa
from dbos import DBOSClient, EnqueueOptions

from bot.jobs import Submitted, installations, ledger, priority
from bot.jobs.engine import QUEUE, WORKFLOW
from bot.jobs.ledger import End, Request
from bot.records import Job


class Again(IntEnum):
    """When a head that was asked for before is taken up once more, though nothing came in between."""

    NEVER = 0
    UNFINISHED = 1  # when its last attempt ended without a result
    ENDED = 2  # whenever its last attempt has ended


def submit(
    connection: sa.Connection,
    client: DBOSClient,
    job: Job,
    changed_at: str,
    again: Again,
    due: int,
    wait: float = 0.0,
) -> Submitted:
    """Store the job, unless it is stored or something newer was asked for; see `Inbox.submit`.

    `due` is in how many seconds (`bot.jobs.priority`); it is begun after `wait` seconds at the earliest.
    """
    if not installations.may_work(connection, job.installation_id, job.repository_id):
        return Submitted.BARRED
    ledger.lock(connection, job.repository_id, job.number)
    holds = ledger.newest(connection, job.repository_id, job.number)
    last = ledger.last_attempt(connection, job)
    if holds is not None and is_older(changed_at, holds):
        return Submitted.STALE
    at = changed_at or (holds.changed_at if holds else "")
    if last is not None and not _runs_again(last, holds, again):
        if holds is not None and holds.sequence != last.sequence:
            # Back at a head that was reviewed: what came in between is no longer wanted.
            ledger.record_stop(connection, job.repository_id, job.number, at)
        return Submitted.DUPLICATE
    asked = replace(job, attempt=job.attempt if last is None else last.attempt + 1)
    ledger.record_job(connection, asked, at)
    options: EnqueueOptions = {
        "workflow_name": WORKFLOW,
        "queue_name": QUEUE,
        "workflow_id": ledger.workflow_id(asked),
        "queue_partition_key": str(asked.installation_id),
        "priority": priority.place(due),
    }
    if wait > 0:
        options["delay_seconds"] = wait
    client.enqueue_in_transaction(connection, options, asdict(asked))
    return Submitted.NEW


def is_older(changed_at: str, holds: Request) -> bool:
    """Whether something asked for at that time ("" for now) came before what holds."""
    return bool(changed_at) and changed_at < holds.changed_at


def _runs_again(last: Request, holds: Request | None, again: Again) -> bool:
    if last.end == End.DONE and again is not Again.ENDED:
        # A closed pull request's fix branches are gone: opened again, it is reviewed like a new one.
        return again is Again.UNFINISHED and holds is not None and holds.workflow is None
    displaced = holds is not None and holds.sequence != last.sequence
    return displaced or (again is not Again.NEVER and last.end is not None)
