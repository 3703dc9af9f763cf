"""What all pages share: nothing of the facts becomes markup, no script runs, nobody frames them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from bot.jobs.inbox import DurableInbox
from bot.settings import Settings
from webhooks import create_app


@pytest.fixture
def client(sqlite_settings: Settings) -> Iterator[FlaskClient]:
    inbox = DurableInbox(sqlite_settings)
    yield create_app(sqlite_settings, inbox).test_client()
    inbox.close()


@pytest.mark.parametrize(("name", "kind"), [("style.css", "text/css"), ("icon.svg", "image/svg+xml")])
def test_assets_are_served(client: FlaskClient, name: str, kind: str):
    """Style sheet and icon, as what they are."""
    answer = client.get(f"/assets/{name}")

    assert answer.status_code == 200
    assert answer.mimetype == kind


@pytest.mark.parametrize("name", ["__init__.py", "base.html", "..%2f__init__.py", "%2e%2e/wsgi.py", "x"])
def test_nothing_else_is(client: FlaskClient, name: str):
    """No other file of the program."""
    assert client.get(f"/assets/{name}").status_code == 404
