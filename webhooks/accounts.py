"""Whose deliveries are heeded: everybody's, or those of the accounts that the operator named."""

from __future__ import annotations

from collections.abc import Sequence

from webhooks.delivery import Delivery

_OWNERS = (("repository", "owner", "login"), ("installation", "account", "login"))
_NOBODYS = frozenset({"ping"})


def why_not_allowed(delivery: Delivery, allowed: Sequence[str]) -> str:
    """Why the delivery is left alone; empty when it is heeded. Logins are compared as GitHub does."""
    if not allowed or delivery.event in _NOBODYS:
        return ""
    owner = next((login for path in _OWNERS if (login := delivery.find(str, *path))), "")
    if owner.lower() in {one.lower() for one in allowed}:
        return ""
    return f"{owner or 'Its account'} is not among SUTURE_ALLOWED_ACCOUNTS."
