"""A server in set-up, and a person who goes through its pages without a browser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.credentials import Store
from bot.credentials.file import FileStore
from bot.demo.github import GitHub
from bot.settings import Settings
from webhooks.setup import create_setup_app
from webhooks.setup.session import Session

HERE = "http://localhost:8080"
FILLED = {
    "owner": "organization",
    "organization": "acme",
    "name": "Acme's <Suture>",
    "public_url": "https://suture.example.com",
}


class Person:
    """Somebody who sets up, with the clock of the server in their hand."""

    def __init__(self, github: GitHub, data: Path, store: Store | None = None, **settings: object) -> None:
        self.now = 0.0
        self.done: list[bool] = []
        self.session = Session(lambda: self.now)
        made = Settings(github_api_url=github.api, data=data, **settings)  # type: ignore[arg-type]
        self.store = store or FileStore(data)
        app = create_setup_app(made, self.store, self.session, lambda: self.done.append(True))
        self.client: FlaskClient = app.test_client()

    def open(self) -> TestResponse:
        """Use the link on the console."""
        return self.client.get(f"/setup?token={self.session.token}")

    def fill_in(self, **changed: str) -> TestResponse:
        """Send the form of the page as it is, with these values."""
        page = self.client.get("/setup").get_data(as_text=True)
        sent = {**inputs(page), **FILLED, **changed}
        return self.client.post("/setup", data=sent, headers={"Origin": HERE})

    def create_on_github(self, confirm: str) -> str:
        """Press both buttons; the path and query that GitHub leads back to."""
        asked = requests.post(action(confirm), data=inputs(confirm), timeout=30)
        assert asked.status_code == 200, asked.text
        target = f"http://{urlsplit(asked.url).netloc}{action(asked.text)}"
        back = requests.post(target, data=inputs(asked.text), timeout=30, allow_redirects=False)
        assert back.status_code == 302, back.text
        location = back.headers["Location"]
        assert location.startswith(f"{HERE}/setup/created?")
        return location.removeprefix(HERE)

    def come_back(self) -> str:
        """All the way until GitHub leads back."""
        self.open()
        return self.create_on_github(self.fill_in().get_data(as_text=True))


def inputs(page: str) -> Mapping[str, str]:
    """The names and values of a page's hidden and text inputs."""
    found = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, value = (re.search(rf' {what}="([^"]*)"', tag) for what in ("name", "value"))
        if name and 'type="radio"' not in tag:
            found[name[1]] = unescape(value[1]) if value else ""
    return found


def action(page: str) -> str:
    """Where the page's form goes."""
    found = re.search(r'action="([^"]*)"', page)
    assert found, page
    return unescape(found[1])
