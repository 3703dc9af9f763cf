"""Whatever pages there are, now and later: none is framed, scripted, cached, read or posted to by others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from bot.credentials.file import FileStore
from bot.jobs.inbox import DurableInbox
from bot.settings import Secret, Settings
from webhooks import create_app
from webhooks.setup import create_setup_app
from webhooks.setup.session import Session


def apps(settings: Settings, folder: Path) -> Iterator[Flask]:
    yield create_app(settings, DurableInbox(settings))
    yield create_setup_app(settings, FileStore(folder), Session(), lambda: None)


@pytest.fixture
def routes(sqlite_settings: Settings, tmp_path: Path) -> list[tuple[FlaskClient, str, str]]:
    """Client, method and address of every route of both applications."""
    settings = replace(
        sqlite_settings,
        metrics_token=Secret("of the numbers"),
        app_id="Iv23",
        client_secret=Secret("of the App"),
        public_url="https://suture.example.com",
    )
    return [
        (app.test_client(), method, address(app, rule))
        for app in apps(settings, tmp_path)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def address(app: Flask, rule: Rule) -> str:
    """The rule's address, with something in the place of each variable part."""
    with app.test_request_context():
        _, path = rule.build(dict.fromkeys(rule.arguments, 1)) or ("", rule.rule)
    return str(path)


def test_every_answer_has_safe_headers(routes: list[tuple[FlaskClient, str, str]]) -> None:
    """By whatever way it is asked, also when nobody is let in, and where there is nothing."""
    nowhere = [(client, "GET", "/there-is-nothing") for client, _, _ in routes[:1] + routes[-1:]]
    for client, method, path in [*routes, *nowhere]:
        answer = client.open(path, method=method)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert "script-src" not in policy, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "Referrer-Policy" in answer.headers
        assert not [name for name, _ in answer.headers.items() if name.startswith("Access-Control-")]
        if answer.mimetype in {"text/html", "application/json"}:
            assert answer.headers["Cache-Control"] == "no-store", path


def test_nothing_is_done_for_another_site(routes: list[tuple[FlaskClient, str, str]]) -> None:
    """A form that another site sends, without signature, cookie or the form's own word, is refused."""
    posts = [(client, path) for client, method, path in routes if method != "GET"]

    assert {path for _, path in posts} >= {"/webhooks/github", "/setup", "/dashboard/sign-out"}
    for client, path in posts:
        headers = {"Origin": "https://elsewhere.example", "Referer": "https://elsewhere.example/"}
        answer = client.post(path, data={"form": "guessed", "organization": "acme"}, headers=headers)
        refused = 400 <= answer.status_code < 500
        not_there_yet = answer.status_code == 503 and path == "/webhooks/github"
        assert refused or not_there_yet, path
        assert "Set-Cookie" not in answer.headers


def test_nobody_is_told_anything_unasked(routes: list[tuple[FlaskClient, str, str]]) -> None:
    """Who is not signed in gets health, the style sheet, and nothing that names a repository or a number."""
    shown = {
        path for client, method, path in routes if method == "GET" and client.get(path).status_code == 200
    }

    assert shown <= {"/healthz", "/readyz", "/assets/style.css", "/assets/icon.svg"}
