"""`installation`: the App was installed, removed, suspended, or given other permissions."""

from __future__ import annotations

from bot.jobs import Inbox
from bot.records import InstallationState
from webhooks.answer import Answer
from webhooks.delivery import Delivery
from webhooks.installations import change_of, ids_of, remember

_STATES = {
    "created": InstallationState.ACTIVE,
    "deleted": InstallationState.GONE,
    "suspend": InstallationState.SUSPENDED,
    "unsuspend": InstallationState.ACTIVE,
    "new_permissions_accepted": InstallationState.ACTIVE,
}


def handle(delivery: Delivery, inbox: Inbox) -> Answer:
    """Remember it; a worker asks GitHub for all of them from time to time, should a delivery be lost."""
    state = _STATES.get(delivery.action)
    if state is None:
        return Answer("ignored", f"Suture does nothing about installation.{delivery.action or '(none)'}.")
    accepted = delivery.action == "new_permissions_accepted"
    if accepted and delivery.find(str, "installation", "suspended_at") is not None:
        state = InstallationState.SUSPENDED
    added = ids_of(delivery, "repositories") if state is InstallationState.ACTIVE else ()
    again = accepted or delivery.action == "unsuspend"
    change = change_of(delivery, state, added=added, again=again)
    return remember(change, inbox, f"Installation of {change.installation.account}: {delivery.action}.")
