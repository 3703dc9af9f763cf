"""POST /webhooks/github over the real inbox: what is stored, what is ignored and why, what is refused."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.errors import SettingsError
from bot.jobs.engine import database
from bot.jobs.inbox import DurableInbox
from bot.jobs.ledger import End, record_end
from bot.jobs.tables import DELIVERIES
from bot.settings import Settings
from tests.fakes.deliveries import headers, pull_request
from tests.fakes.workers import ends_of_jobs
from webhooks import create_app
from webhooks.delivery import LARGEST

LONGEST_GUID = "g" * 64
JOB_A = "pr:7:3:" + "a" * 40
JOB_B = "pr:7:3:" + "b" * 40


@pytest.fixture
def client(sqlite_settings: Settings) -> Iterator[FlaskClient]:
    inbox = DurableInbox(sqlite_settings)
    yield create_app(sqlite_settings, inbox).test_client()
    inbox.close()


def send(client: FlaskClient, body: bytes, guid: str = "g1", event: str = "pull_request") -> TestResponse:
    return client.post("/webhooks/github", data=body, headers=headers(body, event, guid))


def status_of(response: TestResponse) -> str:
    assert response.status_code == 202
    assert response.json is not None
    return str(response.json["status"])


def test_no_secret_no_app(sqlite_settings: Settings):
    """Without a webhook secret there is no application at all."""
    settings = replace(sqlite_settings, webhook_secrets=())
    with pytest.raises(SettingsError, match="SUTURE_WEBHOOK_SECRET"):
        create_app(settings, DurableInbox(settings))


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize", "ready_for_review"])
def test_a_head_to_review_is_stored(client: FlaskClient, sqlite_settings: Settings, action: str):
    """Each action that shows a head stores one job before it is acknowledged."""
    assert status_of(send(client, pull_request(action))) == "accepted"
    assert ends_of_jobs(sqlite_settings) == {JOB_A: None}


def test_ten_redeliveries_and_a_restart(client: FlaskClient, sqlite_settings: Settings):
    """A delivery sent again, to this process or to its successor, starts nothing."""
    send(client, pull_request("opened"))

    again = [status_of(send(client, pull_request("opened"))) for _ in range(10)]
    successor = DurableInbox(sqlite_settings)
    after = status_of(send(create_app(sqlite_settings, successor).test_client(), pull_request("opened")))
    successor.close()

    assert {*again, after} == {"duplicate"}
    assert list(ends_of_jobs(sqlite_settings)) == [JOB_A]


def test_the_same_head_under_another_guid(client: FlaskClient, sqlite_settings: Settings):
    """Two deliveries about one head are one review."""
    send(client, pull_request("opened"))

    assert status_of(send(client, pull_request("synchronize"), "g2")) == "duplicate"
    assert list(ends_of_jobs(sqlite_settings)) == [JOB_A]


def test_a_push_is_its_own_review(client: FlaskClient, sqlite_settings: Settings):
    """A new head is stored as a job of its own."""
    send(client, pull_request("opened"))

    assert status_of(send(client, pull_request("synchronize", "b"), "g2")) == "accepted"
    assert list(ends_of_jobs(sqlite_settings)) == [JOB_A, JOB_B]


def test_a_late_delivery(client: FlaskClient, sqlite_settings: Settings):
    """Deliveries come in any order: the older head does not take the newer one's place."""
    send(client, pull_request("synchronize", "b", updated_at="2026-01-01T00:00:09Z"))

    assert status_of(send(client, pull_request("opened", "a"), "g2")) == "ignored"
    assert list(ends_of_jobs(sqlite_settings)) == [JOB_B]


def test_closed_and_reopened(client: FlaskClient, sqlite_settings: Settings):
    """Closing stops the review; reopening asks for the head once more, as a new attempt."""
    send(client, pull_request("opened"))

    assert status_of(send(client, pull_request("closed", state="closed"), "g2")) == "cancelled"
    assert status_of(send(client, pull_request("closed", state="closed"), "g2")) == "duplicate"
    assert status_of(send(client, pull_request("reopened"), "g3")) == "accepted"
    assert list(ends_of_jobs(sqlite_settings)) == [JOB_A, JOB_A + ":2"]


def test_another_base_is_another_review(client: FlaskClient, sqlite_settings: Settings):
    """The head compared with another branch, by that branch's rules; what was under way gives way to it."""
    send(client, pull_request("opened"))
    moved = {"changes": {"base": {"ref": {"from": "old"}, "sha": {"from": "c" * 40}}}}
    body = json.dumps({**json.loads(pull_request("edited")), **moved}).encode()

    assert status_of(send(client, body, LONGEST_GUID)) == "accepted"
    assert status_of(send(client, body, LONGEST_GUID)) == "duplicate"
    assert list(ends_of_jobs(sqlite_settings)) == [JOB_A, JOB_A + ":2"]
    with database(sqlite_settings) as engine, engine.connect() as connection:
        assert all(len(guid) <= 64 for guid in connection.scalars(sa.select(DELIVERIES.c.guid)))


def test_drafts_wait(client: FlaskClient, sqlite_settings: Settings):
    """A draft is stored as one; where its repository has none reviewed, the same head is asked for again."""
    assert status_of(send(client, pull_request("opened", draft=True))) == "accepted"
    with database(sqlite_settings) as engine:
        record_end(engine, JOB_A, End.SUPERSEDED)  # as a worker does that finds no word for drafts

    assert status_of(send(client, pull_request("ready_for_review"), "g2")) == "accepted"
    assert list(ends_of_jobs(sqlite_settings)) == [JOB_A, JOB_A + ":2"]


@pytest.mark.parametrize(
    ("event", "body", "reason"),
    [
        ("issues", b'{"action": "opened"}', "issues"),
        ("brand_new_event", b"{}", "brand_new_event"),
        ("pull_request", pull_request("labeled"), "labeled"),
        ("pull_request", pull_request("edited"), "Neither the head nor the base"),
        ("pull_request", pull_request("synchronize", state="closed"), "closed"),
        (
            "pull_request",
            json.dumps({**json.loads(pull_request("opened")), "installation": None}).encode(),
            "installation",
        ),
    ],
)
def test_what_is_ignored(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, event: str, body: bytes, reason: str
):
    """All else is acknowledged, and the answer and the log say why nothing is done."""
    with caplog.at_level(logging.INFO, "suture.web"):
        response = send(client, body, event=event)

    assert status_of(response) == "ignored"
    assert reason in (response.json or {})["reason"]
    assert [record.reason for record in caplog.records] == [(response.json or {})["reason"]]  # type: ignore[attr-defined]


def test_ping(client: FlaskClient):
    """The event that every App gets first is answered."""
    assert status_of(send(client, b'{"zen": "x"}', event="ping")) == "pong"


@pytest.mark.parametrize("field", ["repository", "pull_request"])
def test_a_payload_without_what_is_needed(client: FlaskClient, field: str):
    """A signed payload that lacks what a review needs is a 400 that names it."""
    payload = json.loads(pull_request("opened"))
    del payload[field]

    response = send(client, json.dumps(payload).encode())

    assert response.status_code == 400
    assert field in (response.json or {})["error"]


def test_a_head_that_is_no_commit(client: FlaskClient, sqlite_settings: Settings):
    """What will be given to git looks like a commit's id, or is refused."""
    assert send(client, pull_request("opened", "--")).status_code == 400
    assert ends_of_jobs(sqlite_settings) == {}


def test_nothing_is_read_before_the_signature(client: FlaskClient):
    """An unsigned request learns nothing about its body, its headers or its size."""
    assert client.post("/webhooks/github", data=b"{").status_code == 401
    assert client.post("/webhooks/github").status_code == 401


def test_too_large(client: FlaskClient):
    """More than GitHub ever sends is refused, unread."""
    body = b"0" * (LARGEST + 1)
    response = send(client, body)

    assert response.status_code == 413
    assert response.json == {"error": "Request Entity Too Large"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/webhooks/github", 405), ("GET", "/", 404), ("POST", "/healthz", 405), ("GET", "/../etc", 404)],
)
def test_other_routes(client: FlaskClient, method: str, path: str, status: int):
    """Every answer is JSON with the safe headers."""
    response = client.open(path, method=method)

    assert response.status_code == status
    assert set(response.json or {}) == {"error"}
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_database_is_down(sqlite_settings: Settings, tmp_path: Path):
    """When the job cannot be stored, GitHub is told so, and it works again once the database is there."""
    data = tmp_path / "elsewhere"
    data.write_text("in the way")
    settings = replace(sqlite_settings, data=data)
    inbox = DurableInbox(settings)
    client = create_app(settings, inbox).test_client()

    down = send(client, pull_request("opened"))
    not_ready = client.get("/readyz")
    data.unlink()
    up = send(client, pull_request("opened"))
    inbox.close()

    assert (down.status_code, down.headers["Retry-After"]) == (503, "30")
    assert "database" in (not_ready.json or {})["reasons"][0]
    assert status_of(up) == "accepted"


def test_a_bug_shows_nothing(sqlite_settings: Settings, caplog: pytest.LogCaptureFixture):
    """An error that nobody expected is 500 without a word about the inside; the log has the traceback."""

    class Broken(DurableInbox):
        def submit(self, *_args: object, **_kwargs: object) -> None:  # type: ignore[override]
            raise RuntimeError("a detail of the inside")

    client = create_app(sqlite_settings, Broken(sqlite_settings)).test_client()

    response = send(client, pull_request("opened"))

    assert response.status_code == 500
    assert "a detail" not in response.text
    assert "a detail of the inside" in caplog.text


def test_health(client: FlaskClient):
    """/healthz is about the process alone; /readyz names what is missing."""
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert [reason.split()[0] for reason in (ready.json or {})["reasons"]] == [
        "SUTURE_CLIENT_ID",
        "SUTURE_PRIVATE_KEY",
    ]
