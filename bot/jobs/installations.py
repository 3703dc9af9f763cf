"""Where the App may work, as far as GitHub told, and which repositories of it something is kept of.

A delivery from an installation that nobody told of is heeded: deliveries come in any order.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from bot.jobs import ledger
from bot.jobs.tables import INSTALLATIONS, REPOSITORIES, REQUESTS, STOPS, insert_new
from bot.records import Installation, InstallationState

GONE = InstallationState.GONE
_AT_A_TIME = 500


def may_work(connection: sa.Connection, installation_id: int, repository_id: int) -> bool:
    """Whether jobs of this repository may be stored for the installation; if so, it is theirs from now on."""
    state = connection.scalar(sa.select(INSTALLATIONS.c.state).where(INSTALLATIONS.c.id == installation_id))
    if state not in (None, InstallationState.ACTIVE):
        return False
    row = {"id": repository_id, "installation_id": installation_id, "gone": None, "erased": None}
    if not insert_new(connection, REPOSITORIES, row):
        same = REPOSITORIES.c.id == repository_id
        changed = sa.or_(REPOSITORIES.c.installation_id != installation_id, REPOSITORIES.c.gone.is_not(None))
        connection.execute(sa.update(REPOSITORIES).where(same, changed).values(**row))
    return True


def record(connection: sa.Connection, one: Installation, *, listed: bool = False) -> bool:
    """Write down the installation as it is; False when that is older than what is known.

    What GitHub `listed` just now holds whatever was known. Where it may not work, what waits or runs ends.
    """
    same = INSTALLATIONS.c.id == one.id
    known = connection.execute(sa.select(INSTALLATIONS).where(same)).one_or_none()
    if known is not None and not listed and _is_older(one, known):
        return False
    since = known.since if known is not None and known.state == one.state else time.time()
    row: dict[str, object] = {
        "account": one.account,
        "state": one.state.value,
        "permissions": json.dumps(dict(one.permissions), sort_keys=True),
        "changed_at": one.changed_at,
        "since": since,
    }
    if not insert_new(connection, INSTALLATIONS, {"id": one.id, **row}):
        connection.execute(sa.update(INSTALLATIONS).where(same).values(**row))
    if one.state is not InstallationState.ACTIVE:
        mine = sa.select(REPOSITORIES.c.id).where(REPOSITORIES.c.installation_id == one.id)
        _stop(connection, mine)
    if one.state is GONE:
        _leave(connection, REPOSITORIES.c.installation_id == one.id)
    return True


def _is_older(one: Installation, known: sa.Row[tuple[object, ...]]) -> bool:
    if known.state == GONE and one.state is not GONE:
        return True  # an id never comes back
    return bool(one.changed_at) and one.state is not GONE and one.changed_at < known.changed_at


def known(connection: sa.Connection) -> dict[int, InstallationState]:
    """The state of each installation by its id."""
    rows = connection.execute(sa.select(INSTALLATIONS.c.id, INSTALLATIONS.c.state))
    return {row.id: InstallationState(row.state) for row in rows}


def add(connection: sa.Connection, installation_id: int, repositories: Sequence[int]) -> None:
    """What is kept of these repositories stays: the App may see them (again)."""
    for some in _parts(repositories):
        returned = sa.update(REPOSITORIES).where(REPOSITORIES.c.id.in_(some), REPOSITORIES.c.erased.is_(None))
        connection.execute(returned.values(installation_id=installation_id, gone=None))


def remove(connection: sa.Connection, installation_id: int, repositories: Sequence[int]) -> None:
    """The installation no longer has these repositories: their jobs end, and the grace period begins."""
    for some in _parts(repositories):
        theirs = sa.and_(REPOSITORIES.c.id.in_(some), REPOSITORIES.c.installation_id == installation_id)
        _stop(connection, sa.select(REPOSITORIES.c.id).where(theirs))
        _leave(connection, theirs)


def failed(connection: sa.Connection, installation_id: int, most: int) -> Sequence[str]:
    """The workflows of the reviews that failed and are the last of their pull requests, the newest first.

    That a suspension ended them does not count, that a person stopped them does.
    """
    by_person = REQUESTS.c.sequence.in_(sa.select(STOPS.c.sequence))
    newest = (
        sa.select(sa.func.max(REQUESTS.c.sequence))
        .where(sa.or_(REQUESTS.c.workflow.is_not(None), by_person))
        .group_by(REQUESTS.c.repository_id, REQUESTS.c.number)
    )
    wanted = (
        sa.select(REQUESTS.c.workflow)
        .join(REPOSITORIES, REPOSITORIES.c.id == REQUESTS.c.repository_id)
        .where(
            REPOSITORIES.c.installation_id == installation_id,
            REQUESTS.c.end == ledger.End.FAILED,
            REQUESTS.c.sequence.in_(newest),
        )
        .order_by(REQUESTS.c.sequence.desc())
        .limit(most)
    )
    return [str(workflow) for workflow in connection.scalars(wanted)]


def _stop(connection: sa.Connection, repositories: sa.Select[tuple[int]]) -> None:
    under_way = (
        sa.select(REQUESTS.c.repository_id, REQUESTS.c.number, sa.func.max(REQUESTS.c.changed_at))
        .where(
            REQUESTS.c.repository_id.in_(repositories),
            REQUESTS.c.workflow.is_not(None),
            REQUESTS.c.end.is_(None),
        )
        .group_by(REQUESTS.c.repository_id, REQUESTS.c.number)
    )
    for repository_id, number, changed_at in connection.execute(under_way).all():
        ledger.record_stop(connection, repository_id, number, changed_at)


def _leave(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    connection.execute(
        sa.update(REPOSITORIES).where(which, REPOSITORIES.c.gone.is_(None)).values(gone=time.time())
    )


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """So many at a time as a database takes in one statement."""
    for start in range(0, len(ids), _AT_A_TIME):
        yield ids[start : start + _AT_A_TIME]
