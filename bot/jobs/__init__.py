"""Durable jobs: what the web process asks for, a worker carries out, whatever dies in between.

`Inbox` is the port through which deliveries become jobs; `bot.jobs.inbox` keeps them in the database.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.errors import SutureError
from bot.records import ClosedPull, Command, InstallationChange, Job, MergeGroup


class DatabaseUnavailable(SutureError):
    """The jobs' database does not answer; nothing was stored, and the same call may succeed later."""


class Submitted(StrEnum):
    """What became of a delivery."""

    NEW = "new"  # a job, or a cancellation, is stored
    DUPLICATE = "duplicate"  # this delivery, or the job it asks for, was stored before
    STALE = "stale"  # it arrived after a newer one of the same pull request, so nothing is started
    BARRED = "barred"  # its installation is suspended or removed, so nothing is started


@dataclass(frozen=True, slots=True)
class Figures:
    """How one queue stands."""

    queue: str
    waiting: int
    running: int
    oldest_seconds: float  # of the job that waits longest; 0 when none waits


class Inbox(Protocol):
    """Where the web process leaves its work. When a call returns, its effect survives a power cut."""

    def submit(
        self, job: Job, delivery: str, *, changed_at: str = "", again: bool = False, lines: int = 0
    ) -> Submitted:
        """Store a job, which takes the place of older ones of the same pull request.

        `changed_at` is GitHub's `updated_at` of the pull request ("" for "now"), since deliveries arrive in
        any order.
        `again` asks for a head once more whose last attempt did not finish, or whose pull request was closed
        since. `lines` is how many the pull request changes: small ones go first (`bot.jobs.priority`).
        Raises DatabaseUnavailable.
        """
        ...

    def cancel(self, repository_id: int, number: int, delivery: str, *, changed_at: str = "") -> Submitted:
        """Let the jobs of a pull request end at their next step. Raises DatabaseUnavailable."""
        ...

    def end(self, closed: ClosedPull, *, changed_at: str = "") -> Submitted:
        """The same for a pull request that is over; a worker then deletes its fix branches.

        Raises DatabaseUnavailable.
        """
        ...

    def command(self, asked: Command) -> Submitted:
        """Store what a person asks for; a worker finds out whether they may, and answers.

        Raises DatabaseUnavailable.
        """
        ...

    def group(self, asked: MergeGroup) -> Submitted:
        """Store that a merge queue waits for our check run. Raises DatabaseUnavailable."""
        ...

    def installation(self, change: InstallationChange) -> Submitted:
        """Remember what became of an installation; where it may not work any more, its jobs end.

        Raises DatabaseUnavailable.
        """
        ...

    def problems(self) -> tuple[str, ...]:
        """Why no job can be stored now, in words; empty when all is well."""
        ...

    def figures(self) -> tuple[Figures, ...]:
        """How every queue stands. Raises DatabaseUnavailable."""
        ...

    def workers(self) -> int:
        """How many workers told of themselves in the last minutes. Raises DatabaseUnavailable."""
        ...


def effect_of(delivery: str, what: str) -> str:
    """The name under which it is remembered that a delivery did this: as long as a delivery's own may be."""
    return hashlib.sha256(f"{delivery} {what}".encode()).hexdigest()
