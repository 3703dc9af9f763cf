"""From set-up to the server's own work, in the same process."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client

from bot.credentials import with_stored
from bot.credentials.file import FileStore
from bot.errors import SettingsError
from bot.settings import Settings, read_settings
from webhooks.setup.switch import LOOK_SECONDS, SetUpFirst

APP = {"SUTURE_CLIENT_ID": "Iv23", "SUTURE_PRIVATE_KEY": "key", "SUTURE_WEBHOOK_SECRET": "hook"}


class Server:
    """A server that begins with set-up, its clock in the test's hand."""

    def __init__(self, data: Path, **env: str) -> None:
        self.now = 0.0
        self.console = io.StringIO()
        self.made: list[Settings] = []
        self.env = {"SUTURE_DATA": str(data), **env}
        first = SetUpFirst(
            read_settings(self.env), self._create, self.console, load=self._load, clock=lambda: self.now
        )
        self.client = Client(first)

    def _load(self) -> Settings:
        return with_stored(read_settings(self.env), self.env)

    def _create(self, settings: Settings) -> Flask:
        self.made.append(settings)
        app = Flask("made")
        app.add_url_rule("/readyz", view_func=lambda: "the server's own", endpoint="ready")
        return app

    @property
    def status(self) -> int:
        return self.client.get("/readyz").status_code


def test_credentials_that_another_process_stored(tmp_path: Path):
    """Of several servers one sets up; the others go over too, at a request, looking now and then."""
    server = Server(tmp_path)
    assert server.status == 503
    FileStore(tmp_path).write(APP)
    assert server.status == 503
    server.now = LOOK_SECONDS
    assert [server.status, server.status] == [200, 200]
    assert [one.app_id for one in server.made] == ["Iv23"]


def test_credentials_that_cannot_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """They are logged, and set-up stays until they can."""
    server = Server(tmp_path)
    (tmp_path / "credentials.json").write_text("no JSON")
    server.now = LOOK_SECONDS
    assert server.status == 503
    assert "credentials not read" in caplog.text
    with pytest.raises(SettingsError):
        server._load()


@pytest.mark.parametrize(
    ("env", "links"),
    [
        ({}, ["http://127.0.0.1:8080"]),
        ({"SUTURE_HOST": "0.0.0.0", "SUTURE_PORT": "80"}, ["http://127.0.0.1:80"]),  # noqa: S104
        ({"SUTURE_HOST": "::"}, ["http://[::1]:8080"]),
        ({"SUTURE_PUBLIC_URL": "https://s.example.com/"}, ["https://s.example.com", "http://127.0.0.1:8080"]),
    ],
)
def test_the_links_on_the_console(tmp_path: Path, env: dict[str, str], links: list[str]):
    """The public address, and this machine's, which may be all that is open yet."""
    text = Server(tmp_path, **env).console.getvalue()

    found = [word.partition("/setup?token=") for word in text.split() if "/setup?token=" in word]
    assert [one[0] for one in found] == links
    assert len({one[2] for one in found}) == 1
