"""Asks GitHub where the App is installed, since a delivery that says so can be lost."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.forge.answers import understood
from bot.forge.app_auth import app_api
from bot.jobs import installations
from bot.records import Installation, InstallationState
from bot.settings import Settings


def reconcile(engine: sa.Engine, settings: Settings) -> None:
    """Let the table of installations be what GitHub lists: who is not listed is gone. Raises ForgeError."""
    with engine.connect() as connection:  # first: who is installed while the list is read is not gone
        known = installations.known(connection)
    listed = {one.id: one for one in map(_read, app_api(settings).pages("/app/installations"))}
    with engine.begin() as connection:
        for one in listed.values():
            installations.record(connection, one, listed=True)
        for number, state in known.items():
            if number not in listed and state is not InstallationState.GONE:
                gone = Installation(number, "", InstallationState.GONE)
                installations.record(connection, gone, listed=True)


def _read(answer: Any) -> Installation:
    with understood("an installation"):
        suspended = answer["suspended_at"] is not None
        return Installation(
            answer["id"],
            (answer["account"] or {}).get("login") or "",
            InstallationState.SUSPENDED if suspended else InstallationState.ACTIVE,
            tuple(sorted(answer["permissions"].items())),
            answer["updated_at"],
        )
