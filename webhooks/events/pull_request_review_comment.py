"""`pull_request_review_comment`: somebody writes on a line of a pull request, perhaps a command."""

from __future__ import annotations

from bot.jobs import Inbox
from webhooks.answer import Answer
from webhooks.commands import command_of, store
from webhooks.delivery import Delivery


def handle(delivery: Delivery, inbox: Inbox) -> Answer:
    """Store the command, with the thread it was given in."""
    number = delivery.need(int, "pull_request", "number")
    first = delivery.find(int, "comment", "in_reply_to_id") or delivery.need(int, "comment", "id")
    asked = command_of(delivery, number, thread_id=first)
    return asked if isinstance(asked, Answer) else store(asked, inbox)
