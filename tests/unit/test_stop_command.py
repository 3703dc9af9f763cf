"""`issue_comment`: which words are the command, and what is ignored."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from bot.jobs.inbox import DurableInbox
from bot.settings import Settings
from tests.fakes.deliveries import comment, headers
from webhooks import create_app


@pytest.fixture
def client(sqlite_settings: Settings) -> Iterator[FlaskClient]:
    inbox = DurableInbox(sqlite_settings)
    yield create_app(sqlite_settings, inbox).test_client()
    inbox.close()


def sent(client: FlaskClient, body: bytes) -> tuple[str, str]:
    """Status and reason of the answer."""
    answer = client.post("/webhooks/github", data=body, headers=headers(body, "issue_comment", "g1"))
    assert answer.status_code == 202
    return (answer.json or {})["status"], (answer.json or {})["reason"]


@pytest.mark.parametrize(
    "words", ["/suture stop", "/Suture  STOP \r\n", "\n/suture\tstop\nIt costs too much.", "  /suture stop"]
)
def test_the_command(client: FlaskClient, words: str):
    """The first line is the command; what follows is for people."""
    assert sent(client, comment(words))[0] == "accepted"


@pytest.mark.parametrize(
    "words",
    [
        "",
        "stop",
        "/suture",
        "/suture stopped",
        "/suture stop now",
        "Please /suture stop",
        "> /suture stop",
        "/suture\nstop",
        "/suture stop\x00",
        None,
        7,
    ],
)
def test_what_is_no_command(client: FlaskClient, words: object):
    """Talk about the command is not the command."""
    assert sent(client, comment(words)) == (
        "ignored",
        "The comment does not begin with a line that is a command.",
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (comment("/suture stop", on_issue=True), "issue"),
        (comment("/suture stop", login="suture[bot]"), "person"),
        (comment("/suture stop", login="../../orgs"), "person"),
        (json.dumps(json.loads(comment("/suture stop")) | {"action": "edited"}).encode(), "edited"),
        (json.dumps(json.loads(comment("/suture stop")) | {"installation": None}).encode(), "installation"),
    ],
)
def test_what_is_ignored(client: FlaskClient, body: bytes, reason: str):
    """Issues, bots, edits and webhooks that are not the App's start nothing, and the answer says why."""
    status, said = sent(client, body)

    assert status == "ignored"
    assert reason in said


def test_a_time_that_is_none(client: FlaskClient):
    """What would be compared with GitHub's times is one of them, or the delivery is refused."""
    body = comment("/suture stop", created_at="9999")

    answer = client.post("/webhooks/github", data=body, headers=headers(body, "issue_comment", "g1"))

    assert answer.status_code == 400
