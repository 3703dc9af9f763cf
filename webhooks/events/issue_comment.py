"""`issue_comment`: somebody writes in a pull request's conversation. One command is known: `/suture stop`.

Whether they may is asked of GitHub by a worker: an answer here would make the delivery wait.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from bot.jobs import Inbox, Submitted
from bot.records import StopRequest
from webhooks.answer import Answer
from webhooks.delivery import Delivery, Refused

_STOP = re.compile(r"\s*/suture[ \t]+stop[ \t]*(?:\r?\n.*)?", re.DOTALL | re.IGNORECASE)
_LOGIN = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z_-]{0,99})")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def handle(delivery: Delivery, inbox: Inbox) -> Answer:
    """Store the request to stop the pull request's review."""
    if reason := _reason_to_ignore(delivery):
        return Answer("ignored", reason)
    asked = StopRequest(
        installation_id=delivery.need(int, "installation", "id"),
        repository_id=delivery.need(int, "repository", "id"),
        repository=delivery.need(str, "repository", "full_name"),
        number=delivery.need(int, "issue", "number"),
        login=delivery.need(str, "sender", "login"),
        comment_id=delivery.need(int, "comment", "id"),
        asked_at=delivery.need(str, "comment", "created_at"),
        delivery=delivery.guid,
    )
    if not _TIME.fullmatch(asked.asked_at):
        raise Refused(HTTPStatus.BAD_REQUEST, "The payload's comment.created_at is not a time of GitHub's.")
    if inbox.ask_to_stop(asked) is Submitted.DUPLICATE:
        return Answer("duplicate", "This delivery was stored before.")
    return Answer("accepted", f"Whether {asked.login} may stop the review is asked of GitHub.")


def _reason_to_ignore(delivery: Delivery) -> str:
    if delivery.action != "created":
        return f"Suture does nothing about issue_comment.{delivery.action or '(no action)'}."
    if not _STOP.fullmatch(delivery.find(str, "comment", "body") or ""):
        return "The comment does not begin with a line that is a command."
    if delivery.find(dict, "issue", "pull_request") is None:
        return "The comment stands on an issue."
    if not _LOGIN.fullmatch(delivery.find(str, "sender", "login") or ""):
        return "The comment is not a person's."
    if delivery.find(int, "installation", "id") is None:
        return "The delivery names no installation: it is the webhook of a repository, not that of the App."
    return ""
