"""`issue_comment`: somebody writes in a pull request's conversation, perhaps a command."""

from __future__ import annotations

from bot.jobs import Inbox
from webhooks.answer import Answer
from webhooks.commands import command_of, store
from webhooks.delivery import Delivery


def handle(delivery: Delivery, inbox: Inbox) -> Answer:
    """Store the command."""
    if delivery.find(dict, "issue", "pull_request") is None:
        return Answer("ignored", "The comment stands on an issue.")
    asked = command_of(delivery, delivery.need(int, "issue", "number"))
    return asked if isinstance(asked, Answer) else store(asked, inbox)
