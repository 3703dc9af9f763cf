"""What the web server loads: `webhooks.wsgi:application`, a factory."""

from __future__ import annotations

from flask import Flask

from bot.jobs.inbox import DurableInbox
from bot.log import start_logging
from bot.settings import read_settings
from webhooks import create_app


def application() -> Flask:
    """The application over the environment's settings. Raises SettingsError."""
    start_logging()
    settings = read_settings()
    return create_app(settings, DurableInbox(settings))
