"""What the web server loads: `webhooks.wsgi:application`, a factory."""

from __future__ import annotations

from flask import Flask

from bot.credentials import load_settings
from bot.jobs.inbox import DurableInbox
from bot.log import start_logging
from bot.settings import Settings
from bot.tracing import start_tracing
from webhooks import create_app
from webhooks.setup.switch import SetUpFirst


def application() -> Flask | SetUpFirst:
    """The application over the settings, or set-up where there is no App yet. Raises SettingsError."""
    start_logging()
    settings = load_settings()
    start_tracing(settings, "web")
    return SetUpFirst(settings, _create) if settings.has_no_app else _create(settings)


def _create(settings: Settings) -> Flask:
    return create_app(settings, DurableInbox(settings))
