"""Set-up: what the server is before it knows its App. It makes one from a manifest, in a browser.

The link on the console opens it, once; `done` is called when the credentials are stored, and shuts it.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from bot.credentials import Store
from bot.settings import Settings
from webhooks.edge import add_edge
from webhooks.pages import add_assets
from webhooks.setup.desk import Desk
from webhooks.setup.routes import Pages, add_setup
from webhooks.setup.session import Session

NOT_YET = "There is no App yet: open the set-up link that stands on the console, or restart for a new one."


def create_setup_app(settings: Settings, store: Store, session: Session, done: Callable[[], None]) -> Flask:
    """The web application of a server without an App: `/setup`, and a `/readyz` that says so."""
    app = Flask("suture-setup", static_folder=None)
    add_edge(app)
    add_assets(app)
    add_setup(app, Pages(settings, session, Desk(settings, store, done)))

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(status="ok")

    @app.get("/readyz")
    @app.post("/webhooks/github", endpoint="webhook")
    def not_yet() -> ResponseReturnValue:
        return jsonify(status="not ready", reasons=[NOT_YET]), HTTPStatus.SERVICE_UNAVAILABLE

    return app
