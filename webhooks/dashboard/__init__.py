"""The dashboard: what was reviewed and what it cost, for people who can see the repositories at GitHub."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from bot.jobs import DatabaseUnavailable, Inbox
from bot.jobs.overview import Reading
from bot.settings import Settings
from webhooks.dashboard.routes import Pages
from webhooks.dashboard.sign_in import Door, missing
from webhooks.pages import page


def add_dashboard(app: Flask, settings: Settings, inbox: Inbox) -> None:
    """Add the routes below /dashboard; where nobody can sign in, one page that says what to set."""
    lacking = missing(settings)
    parts = Blueprint("dashboard", __name__, url_prefix="/dashboard")
    if lacking:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        parts.add_url_rule("", "not_set", lambda: page("dashboard/not_set.html", status, lacking=lacking))
    else:
        reading = Reading(settings)
        door = Door(settings, reading)
        door.add_to(parts)
        Pages(settings, inbox, reading, door).add_to(parts)
        parts.register_error_handler(DatabaseUnavailable, _no_database)
    app.register_blueprint(parts)


def _no_database(error: DatabaseUnavailable) -> ResponseReturnValue:
    return page("dashboard/failed.html", HTTPStatus.SERVICE_UNAVAILABLE, error=str(error))
