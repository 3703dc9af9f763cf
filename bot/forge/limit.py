"""What is known of how many calls GitHub lets an installation make."""

from __future__ import annotations

from typing import Protocol


class Limit(Protocol):
    """What is known of an installation's limit of calls. `bot.jobs.limits` shares it between the workers."""

    def opens_at(self) -> float:
        """When calls may be made again, in seconds since 1970; in the past when they may be made now."""
        ...

    def close(self, until: float) -> None:
        """GitHub refuses calls until then."""
        ...

    def run_low(self, until: float) -> None:
        """The calls that are left until then are for what is under way."""
        ...

    def left(self, calls: int, until: float) -> None:
        """By GitHub's last answer, and when there are as many as before."""
        ...


class Unshared:
    """The limit of a caller who tells nobody of it."""

    def opens_at(self) -> float:
        return 0.0

    def close(self, until: float) -> None:
        pass

    def run_low(self, until: float) -> None:
        pass

    def left(self, calls: int, until: float) -> None:
        pass
