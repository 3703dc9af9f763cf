"""Where the App is installed, as GitHub tells it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class InstallationState(StrEnum):
    """Whether the App may work for an account."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    GONE = "gone"  # uninstalled; its id never comes back


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation of the App."""

    id: int
    account: str  # login
    state: InstallationState
    permissions: tuple[tuple[str, str], ...] = ()  # (name, level)
    changed_at: str = ""  # GitHub's updated_at; "" for now


@dataclass(frozen=True, slots=True)
class InstallationChange:
    """What a delivery says of an installation. Its repositories are a hint: a payload may hold only some."""

    installation: Installation
    delivery: str
    added: tuple[int, ...] = ()  # ids of repositories
    removed: tuple[int, ...] = ()
    again: bool = False  # what failed may succeed now: it may work again, or was given other permissions
