"""`installation`: the App was installed, removed, suspended, or given other permissions."""

from __future__ import annotations

from bot.jobs import Inbox
from webhooks.answer import Answer
from webhooks.delivery import Delivery


def handle(delivery: Delivery, _inbox: Inbox) -> Answer:
    """Leave it to the log: GitHub itself is asked, with each job, what the App may do."""
    account = delivery.find(str, "installation", "account", "login") or "an account"
    return Answer("recorded", f"Installation of {account}: {delivery.action or 'no action'}.")
