"""`installation_repositories`: the App was given other repositories."""

from __future__ import annotations

from bot.jobs import Inbox
from webhooks.answer import Answer
from webhooks.delivery import Delivery


def handle(delivery: Delivery, _inbox: Inbox) -> Answer:
    """Leave it to the log: a repository's pull requests bring themselves to notice."""
    added = delivery.find(list, "repositories_added") or []
    removed = delivery.find(list, "repositories_removed") or []
    return Answer("recorded", f"Repositories: {len(added)} added, {len(removed)} removed.")
