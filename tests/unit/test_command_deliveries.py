"""The events that bring people's commands: which words are one, and what is ignored."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from bot.jobs import Submitted
from bot.jobs.inbox import DurableInbox
from bot.records import Command
from bot.records.commands import read_words
from bot.settings import Settings
from tests.fakes.deliveries import check_run, check_suite, comment, headers, line_comment
from webhooks import create_app

LINE = "pull_request_review_comment"


class Kept(DurableInbox):
    """Remembers the commands that it stored."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.commands: list[Command] = []

    def command(self, asked: Command) -> Submitted:
        stored = super().command(asked)
        self.commands.append(asked)
        return stored


@pytest.fixture
def inbox(sqlite_settings: Settings) -> Kept:
    return Kept(sqlite_settings)


@pytest.fixture
def client(sqlite_settings: Settings, inbox: Kept) -> FlaskClient:
    return create_app(sqlite_settings, inbox).test_client()


def sent(client: FlaskClient, body: bytes, event: str = "issue_comment", guid: str = "g1") -> tuple[str, str]:
    """Status and reason of the answer."""
    answer = client.post("/webhooks/github", data=body, headers=headers(body, event, guid))
    assert answer.status_code == 202
    return (answer.json or {})["status"], (answer.json or {})["reason"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("/suture stop", ("stop", "")),
        ("/Suture  STOP \r\n", ("stop", "")),
        ("\n/suture\tstop\nIt costs too much.", ("stop", "")),
        ("  /suture stop", ("stop", "")),
        ("/suture stop now  please\nthanks", ("stop", "now please")),
        ("/suture", ("", "")),
        ("/suture\nstop", ("", "")),
        ("/suture stop\x00", ("", "")),
        ("/suture <!--x--> @everybody", ("", "@everybody")),
        ("/suture " + "a" * 30, ("", "")),
        ("/suture dismiss " + "é" * 700, ("dismiss", "é" * 500)),
    ],
)
def test_the_first_line_is_the_command(body: str, words: tuple[str, str]):
    """A word is short and of letters, or it is none; what follows the line is for people."""
    assert read_words(body) == words


@pytest.mark.parametrize(
    "body", ["", "\n \n", "stop", "/suturestop", "Please /suture stop", "> /suture stop", "`/suture stop`"]
)
def test_talk_about_a_command_is_none(body: str):
    """Only a line that begins with it is."""
    assert read_words(body) is None


def test_a_long_line_is_read_at_once():
    """A stranger's comment, as long as GitHub lets it be, takes no time to read."""
    assert read_words("/suture " + " \t" * 32_000 + "x") == ("x", "")
    assert read_words(" " * 65_000) is None


def test_in_the_conversation(client: FlaskClient, inbox: Kept):
    """A worker gets to know who asked for what, where and when; once."""
    assert sent(client, comment("/suture stop"))[0] == "accepted"
    assert sent(client, comment("/suture stop"))[0] == "duplicate"

    asked = Command(5, 7, "octo/repo", 3, "dana", "stop", "", "2026-01-01T00:00:05Z", "g1", 11)
    assert inbox.commands == [asked, asked]


@pytest.mark.parametrize(("make", "event"), [(comment, "issue_comment"), (line_comment, LINE)])
def test_a_comment_is_one_command(client: FlaskClient, make: Callable[..., bytes], event: str):
    """Its signed body, sent again under another GUID by who saw it, is nothing new; another comment is."""
    assert sent(client, make("/suture stop"), event, "g1")[0] == "accepted"
    assert sent(client, make("/suture stop"), event, "g2")[0] == "duplicate"
    assert sent(client, make("/suture stop", id=13), event, "g3")[0] == "accepted"


def test_comments_of_both_kinds_may_have_the_same_number(client: FlaskClient):
    """One in the conversation is not taken for one on a line."""
    assert sent(client, comment("/suture stop", id=12), "issue_comment", "g1")[0] == "accepted"
    assert sent(client, line_comment("/suture stop"), LINE, "g2")[0] == "accepted"


@pytest.mark.parametrize(("of_comment", "thread"), [({}, 12), ({"in_reply_to_id": 10}, 10)])
def test_in_a_thread(client: FlaskClient, inbox: Kept, of_comment: dict[str, object], thread: int):
    """The thread is named by its first comment."""
    assert sent(client, line_comment("/suture explain", **of_comment), LINE)[0] == "accepted"

    (asked,) = inbox.commands
    assert (asked.word, asked.number, asked.comment_id, asked.thread_id) == ("explain", 3, 12, thread)


@pytest.mark.parametrize("words", ["stop", None, 7])
@pytest.mark.parametrize(("make", "event"), [(comment, "issue_comment"), (line_comment, LINE)])
def test_what_is_no_command(client: FlaskClient, make: object, event: str, words: object):
    """Most comments are not for us."""
    body = make(words)  # type: ignore[operator]
    assert sent(client, body, event) == (
        "ignored",
        "The comment does not begin with a line that is a command.",
    )


KEY = "7:3:" + "a" * 40


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (check_run("rerequested", KEY), "review"),
        (check_run("rerequested", f"{KEY}:2"), "review"),
        (check_run("requested_action", KEY, requested_action={"identifier": "review"}), "review"),
        (check_run("requested_action", KEY, requested_action={"identifier": "apply"}), "apply"),
    ],
)
def test_a_button(client: FlaskClient, inbox: Kept, body: bytes, word: str):
    """The check run's own key says which pull request is meant."""
    assert sent(client, body, "check_run")[0] == "accepted"

    assert inbox.commands == [Command(5, 7, "octo/repo", 3, "dana", word, "", "", "g1")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (check_run("completed", KEY), "completed"),
        (check_run("requested_action", KEY), "requested_action"),
        (check_run("requested_action", KEY, requested_action={"identifier": "stop"}), "requested_action"),
        (check_run("rerequested", ""), "not one of ours"),
        (check_run("rerequested", "8" + KEY[1:]), "not one of ours"),
        (check_run("rerequested", KEY + "\n"), "not one of ours"),
        (check_run("rerequested", KEY, login="other[bot]"), "person"),
        (check_run("rerequested", KEY, installation=None), "installation"),
    ],
)
def test_what_is_no_button_of_ours(client: FlaskClient, inbox: Kept, body: bytes, reason: str):
    """Other check runs and other Apps' doings start nothing."""
    status, said = sent(client, body, "check_run")

    assert (status, inbox.commands) == ("ignored", [])
    assert reason in said


def pull(number: object, home: object = 7) -> dict[str, object]:
    return {"number": number, "base": {"repo": {"id": home}}}


def test_all_checks_again(client: FlaskClient, inbox: Kept):
    """Of this repository's pull request, not of one that has the same head elsewhere."""
    body = check_suite("rerequested", pull(2, home=8), pull(4), pull(3))
    assert sent(client, body, "check_suite")[0] == "accepted"

    assert inbox.commands == [Command(5, 7, "octo/repo", 3, "dana", "review", "", "", "g1")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (check_suite("requested", pull(3)), "requested"),
        (check_suite("rerequested"), "forks"),
        (check_suite("rerequested", pull(3, home=8), pull("3"), 7, None), "forks"),
        (check_suite("rerequested", pull(3), login="other[bot]"), "person"),
    ],
)
def test_suites_that_start_nothing(client: FlaskClient, inbox: Kept, body: bytes, reason: str):
    """The answer says why."""
    status, said = sent(client, body, "check_suite")

    assert (status, inbox.commands) == ("ignored", [])
    assert reason in said


def changed(body: bytes, **values: object) -> bytes:
    return json.dumps(json.loads(body) | values).encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (comment("/suture stop", on_issue=True), "issue"),
        (comment("/suture stop", login="suture[bot]"), "person"),
        (comment("/suture stop", login="../../orgs"), "person"),
        (changed(comment("/suture stop"), sender={"login": "other", "type": "Bot"}), "person"),
        (changed(comment("/suture stop"), action="edited"), "edited"),
        (changed(comment("/suture stop"), installation=None), "installation"),
    ],
)
def test_what_is_ignored(client: FlaskClient, inbox: Kept, body: bytes, reason: str):
    """Issues, bots, edits and webhooks that are not the App's start nothing, and the answer says why."""
    status, said = sent(client, body)

    assert status == "ignored"
    assert reason in said
    assert inbox.commands == []


@pytest.mark.parametrize(("make", "event"), [(comment, "issue_comment"), (line_comment, LINE)])
def test_a_time_that_is_none(client: FlaskClient, make: object, event: str):
    """What would be compared with GitHub's times is one of them, or the delivery is refused."""
    body = make("/suture stop", created_at="9999")  # type: ignore[operator]

    answer = client.post("/webhooks/github", data=body, headers=headers(body, event, "g1"))

    assert answer.status_code == 400
