"""`installation_repositories`: the App was given other repositories."""

from __future__ import annotations

from bot.jobs import Inbox
from bot.records import InstallationState
from webhooks.answer import Answer
from webhooks.delivery import Delivery
from webhooks.installations import change_of, ids_of, remember


def handle(delivery: Delivery, inbox: Inbox) -> Answer:
    """Remember them. A repository's pull requests bring themselves to notice."""
    suspended = delivery.find(str, "installation", "suspended_at")
    state = InstallationState.SUSPENDED if suspended else InstallationState.ACTIVE
    added, removed = ids_of(delivery, "repositories_added"), ids_of(delivery, "repositories_removed")
    change = change_of(delivery, state, added=added, removed=removed)
    return remember(change, inbox, f"Repositories: {len(added)} added, {len(removed)} removed.")
