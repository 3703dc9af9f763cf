"""What the events that bring people's commands have in common: a comment, or whom a press of a button is by.

Whether they may is asked of GitHub by a worker: an answer here would make the delivery wait.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from bot.jobs import Inbox, Submitted
from bot.records import Command
from bot.records.commands import read_words
from webhooks.answer import BARRED, Answer
from webhooks.delivery import Delivery, Refused

_LOGIN = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z_-]{0,99})")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def command_of(delivery: Delivery, number: int, thread_id: int = 0) -> Command | Answer:
    """The command that a new comment is, or why it is none that is heeded. Raises Refused (400)."""
    if delivery.action != "created":
        return Answer("ignored", f"Suture does nothing about {delivery.event}.{delivery.action or '(none)'}.")
    words = read_words(delivery.find(str, "comment", "body") or "")
    if words is None:
        return Answer("ignored", "The comment does not begin with a line that is a command.")
    if reason := why_ignored(delivery):
        return Answer("ignored", reason)
    asked_at = delivery.need(str, "comment", "created_at")
    if not _TIME.fullmatch(asked_at):
        raise Refused(HTTPStatus.BAD_REQUEST, "The payload's comment.created_at is not a time of GitHub's.")
    comment_id = delivery.need(int, "comment", "id")
    return given(delivery, number, words, asked_at=asked_at, comment_id=comment_id, thread_id=thread_id)


def why_ignored(delivery: Delivery) -> str:
    """Why nobody is there to be answered; empty when somebody is."""
    login = delivery.find(str, "sender", "login") or ""
    if delivery.find(str, "sender", "type") == "Bot" or not _LOGIN.fullmatch(login):
        return "The sender is not a person."
    if delivery.find(int, "installation", "id") is None:
        return "The delivery names no installation: it is the webhook of a repository, not that of the App."
    return ""


def given(
    delivery: Delivery,
    number: int,
    words: tuple[str, str],
    *,
    asked_at: str = "",
    comment_id: int = 0,
    thread_id: int = 0,
) -> Command:
    """The command with these words, by the delivery's sender. Raises Refused (400)."""
    word, rest = words
    return Command(
        installation_id=delivery.need(int, "installation", "id"),
        repository_id=delivery.need(int, "repository", "id"),
        repository=delivery.need(str, "repository", "full_name"),
        number=number,
        login=delivery.need(str, "sender", "login"),
        word=word,
        rest=rest,
        asked_at=asked_at,
        delivery=delivery.guid,
        comment_id=comment_id,
        thread_id=thread_id,
    )


def store(asked: Command, inbox: Inbox) -> Answer:
    """Hand the command to a worker."""
    match inbox.command(asked):
        case Submitted.DUPLICATE:
            return Answer("duplicate", "This delivery was stored before.")
        case Submitted.BARRED:
            return Answer("ignored", BARRED)
        case _:
            return Answer("accepted", f"Whether {asked.login} may ask for this is asked of GitHub.")
