"""Log lines: one JSON object each, with the delivery's facts and without secrets."""

from __future__ import annotations

import json
import logging

import pytest

from bot.log import JsonLines, about, redact
from bot.settings import Secret

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKCAQEA"


def line(
    message: str, *args: object, exc_info: BaseException | None = None, **extra: object
) -> dict[str, object]:
    logger = logging.getLogger("suture.test")
    info = (type(exc_info), exc_info, exc_info.__traceback__) if exc_info else None
    record = logger.makeRecord(logger.name, logging.INFO, __file__, 1, message, args, info, extra=extra)
    text = JsonLines().format(record)
    assert "\n" not in text
    found: dict[str, object] = json.loads(text)
    return found


def test_facts_of_a_line():
    """What `about` and `extra` say stands beside the message."""
    with about(delivery="g1"), about(head="abc"):
        inside = line("stored %s", "it", status=202)

    assert inside["message"] == "stored it"
    assert (inside["delivery"], inside["head"], inside["status"]) == ("g1", "abc", 202)
    assert "delivery" not in line("later")


@pytest.mark.parametrize(
    "secret",
    [
        "ghs_" + "a1B2" * 9,
        "ghp_" + "0" * 36,
        "ghs_123456_eyJhbGciOiJSUzI1NiJ9." + "x" * 400 + "." + "y-" * 5,
        "github_pat_" + "1" * 22,
        "sk-ant-api03-" + "z" * 40,
        "ya29." + "c0AYnqXl" * 8,
        "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovLw." + "s-_" * 20,
        "ABSK" + "QmVkcm9j" * 6 + "=",
        "bedrock-api-key-" + "YWJj" * 8,
        "Authorization: Bearer " + "opaque.word" * 3,
        KEY,
    ],
)
def test_secrets_are_taken_out(secret: str):
    """A token in a message, in a fact or in a traceback is not written, in any of GitHub's forms."""
    written = [
        line(f"token {secret} end"),
        line("x", reason=f"git said {secret}"),
        line("x", facts=[{"deep": secret}]),
        line("x", exc_info=ValueError(f"bad {secret}")),
    ]

    end = secret[-9:]
    assert all(end not in json.dumps(one) for one in written)
    assert "***" in str(written[0]["message"])


def test_a_secret_does_not_show_itself():
    """A Secret in an argument or a fact is written as such."""
    assert "hush" not in json.dumps(line("%s", Secret("hush"), value=Secret("hush")))


def test_redact_leaves_the_rest():
    """Commit ids and sentences stay as they are."""
    text = "head " + "a" * 40 + " ghost_story ghs_short"
    assert redact(text) == text
