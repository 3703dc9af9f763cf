"""Proofs that people ask for once more: each is a job of its own beside the reviews."""

from __future__ import annotations

import time
from dataclasses import asdict, replace

import sqlalchemy as sa

from bot.jobs import effect_of, ledger, priority
from bot.jobs.engine import PROVE_WORKFLOW, QUEUE, client
from bot.jobs.tables import PROVINGS
from bot.records import Command


def workflow_id(asked: Command) -> str:
    """One delivery asks for one proof."""
    return f"prove:{asked.repository_id}:{asked.delivery}"


def ask(engine: sa.Engine, asked: Command, finding: str) -> None:
    """Store the job that proves the finding of this id again, once a command."""
    with client(engine) as one, engine.begin() as connection:
        if ledger.saw_delivery(connection, effect_of(asked.delivery, "prove")):
            return
        row = {
            "workflow": workflow_id(asked),
            "repository_id": asked.repository_id,
            "number": asked.number,
            "after": ledger.last_sequence(connection, asked.repository_id, asked.number),
            "asked": time.time(),
        }
        connection.execute(sa.insert(PROVINGS).values(**row))
        one.enqueue_in_transaction(
            connection,
            {
                "workflow_name": PROVE_WORKFLOW,
                "queue_name": QUEUE,
                "workflow_id": workflow_id(asked),
                "queue_partition_key": str(asked.installation_id),
                "priority": priority.place(priority.WISH),
            },
            asdict(replace(asked, rest=finding)),
        )


def record_end(engine: sa.Engine, workflow: str) -> None:
    """Write down that the job is over."""
    with engine.begin() as connection:
        mine = PROVINGS.c.workflow == workflow
        connection.execute(sa.update(PROVINGS).where(mine).values(ended=time.time()))
