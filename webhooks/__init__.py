"""HTTP requests → verified deliveries → durable jobs. Fast, and knows nothing of reviewing."""

from __future__ import annotations

from flask import Flask

from bot.jobs import Inbox
from bot.settings import Settings
from webhooks.dashboard import add_dashboard
from webhooks.edge import add_edge
from webhooks.health import add_health
from webhooks.metrics import add_metrics
from webhooks.pages import add_assets
from webhooks.receiver import add_receiver
from webhooks.setup.routes import add_finished


def create_app(settings: Settings, inbox: Inbox) -> Flask:
    """The web application: `POST /webhooks/github`, `/healthz`, `/readyz`, `/metrics`, `/dashboard`.

    Raises SettingsError when no webhook secret is set: deliveries that nobody can verify are not received.
    """
    app = Flask("suture", static_folder=None)
    add_edge(app)
    add_receiver(app, settings, inbox)
    add_health(app, settings, inbox)
    add_metrics(app, settings.metrics_token, inbox)
    add_assets(app)
    add_finished(app)
    add_dashboard(app, settings, inbox)
    return app
