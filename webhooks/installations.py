"""What the events about installations have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.jobs import Inbox, Submitted
from bot.records import Installation, InstallationChange, InstallationState
from webhooks.answer import Answer
from webhooks.delivery import Delivery

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def change_of(
    delivery: Delivery,
    state: InstallationState,
    *,
    added: tuple[int, ...] = (),
    removed: tuple[int, ...] = (),
    again: bool = False,
) -> InstallationChange:
    """The change that the delivery tells. Raises Refused (400)."""
    changed_at = delivery.find(str, "installation", "updated_at") or ""
    one = Installation(
        delivery.need(int, "installation", "id"),
        delivery.need(str, "installation", "account", "login"),
        state,
        _permissions(delivery),
        changed_at if _TIME.fullmatch(changed_at) else "",
    )
    return InstallationChange(one, delivery.guid, added, removed, again)


def ids_of(delivery: Delivery, name: str) -> tuple[int, ...]:
    """The ids of the repositories that the payload names there."""
    found = delivery.find(list, name) or []
    ids = (one.get("id") for one in found if isinstance(one, Mapping))
    return tuple(one for one in ids if isinstance(one, int) and not isinstance(one, bool))


def remember(change: InstallationChange, inbox: Inbox, what: str) -> Answer:
    """Store it; `what` tells it in a sentence."""
    match inbox.installation(change):
        case Submitted.DUPLICATE:
            return Answer("duplicate", "This delivery was stored before.")
        case Submitted.STALE:
            return Answer("ignored", "A newer delivery about this installation came before this one.")
        case _:
            return Answer("recorded", what)


def _permissions(delivery: Delivery) -> tuple[tuple[str, str], ...]:
    found = delivery.find(dict, "installation", "permissions") or {}
    return tuple(sorted((name, level) for name, level in found.items() if isinstance(level, str)))
