"""Deletes what is kept of repositories that the App may no longer see, once their grace period is over."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from dbos import DBOSClient

from bot.jobs.engine import CLOSE_WORKFLOW, COMMAND_WORKFLOW, GROUP_WORKFLOW, PROVE_WORKFLOW, client
from bot.jobs.tables import BLOBS, INSTALLATIONS, METADATA, REPOSITORIES, REQUESTS, SPENDING, STOPS
from bot.records import InstallationState

_log = logging.getLogger("suture.jobs")
_DAY = 86_400.0
# What the ids of a repository's workflows begin with
_KINDS = ("pr", COMMAND_WORKFLOW, CLOSE_WORKFLOW, GROUP_WORKFLOW, PROVE_WORKFLOW)
_AT_A_TIME = 200


def erase_uninstalled(engine: sa.Engine, keep_days: float) -> tuple[int, ...]:
    """Erase the repositories that are gone for longer than `keep_days`; which they were.

    Installations that are gone for so long are forgotten too. What workers have on their disks they delete
    themselves (`erased`).
    """
    before = time.time() - keep_days * _DAY
    with engine.connect() as connection:
        over = sa.select(REPOSITORIES.c.id, REPOSITORIES.c.gone)
        found = connection.execute(over.where(REPOSITORIES.c.gone <= before, REPOSITORIES.c.erased.is_(None)))
        repositories = [(int(row.id), float(row.gone)) for row in found]
    with client(engine) as one:
        for repository_id, gone in repositories:
            _erase(engine, one, repository_id, gone)
            _log.info("repository erased", extra={"repository": repository_id})
    with engine.begin() as connection:
        ended = sa.and_(INSTALLATIONS.c.state == InstallationState.GONE, INSTALLATIONS.c.since <= before)
        gone_ids = sa.select(INSTALLATIONS.c.id).where(ended)
        connection.execute(sa.delete(SPENDING).where(SPENDING.c.installation_id.in_(gone_ids)))
        connection.execute(sa.delete(INSTALLATIONS).where(ended))
    return tuple(repository_id for repository_id, _ in repositories)


def erased(engine: sa.Engine) -> frozenset[int]:
    """The repositories of which nothing is to be kept anywhere."""
    with engine.connect() as connection:
        wanted = sa.select(REPOSITORIES.c.id).where(REPOSITORIES.c.erased.is_not(None))
        return frozenset(connection.scalars(wanted))


def _erase(engine: sa.Engine, one: DBOSClient, repository_id: int, gone: float) -> None:
    digests: set[str] = set()
    for some in _workflows(one, repository_id):
        for workflow in some:
            digests |= _results(one, workflow)
        one.cancel_workflows(list(some))
        one.delete_workflows(list(some))
    with engine.begin() as connection:
        requests = sa.select(REQUESTS.c.sequence).where(REQUESTS.c.repository_id == repository_id)
        connection.execute(sa.delete(STOPS).where(STOPS.c.sequence.in_(requests)))
        for table in METADATA.sorted_tables:  # whichever there are: a new one is not forgotten
            if "repository_id" in table.c:
                connection.execute(sa.delete(table).where(table.c.repository_id == repository_id))
        # The same content may be another repository's result: one that was stored since stays.
        unused = BLOBS.c.stored < min(gone, time.time() - _DAY)
        for digest in digests:
            connection.execute(sa.delete(BLOBS).where(BLOBS.c.digest == digest, unused))
        mine = REPOSITORIES.c.id == repository_id
        still = REPOSITORIES.c.gone == gone  # else it came back meanwhile
        connection.execute(sa.update(REPOSITORIES).where(mine, still).values(erased=time.time()))


def _workflows(one: DBOSClient, repository_id: int) -> Iterator[Sequence[str]]:
    """The ids of its workflows; each part is to be deleted before the next is asked for."""
    prefixes = [f"{kind}:{repository_id}:" for kind in _KINDS]
    while found := one.list_workflows(
        workflow_id_prefix=prefixes, limit=_AT_A_TIME, load_input=False, load_output=False
    ):
        yield [status.workflow_id for status in found]


def _results(one: DBOSClient, workflow: str) -> set[str]:
    """The digests of the results that its steps left."""
    outputs = [step["output"] for step in one.list_workflow_steps(workflow)]
    return {str(kept["digest"]) for kept in outputs if isinstance(kept, dict) and "digest" in kept}
