"""Step 6: outcome -> what people see. The words are in `texts`, what is to be written in `plan`."""

from __future__ import annotations

from typing import Protocol

from bot.errors import Superseded
from bot.records import Change, Outcome
from bot.step import Step


class Publisher(Protocol):
    """Tells people of a review. Everything it does may be done twice without showing twice."""

    def start(self, change: Change, step: Step) -> None:
        """Show that the review of this head is running."""
        ...

    def publish(self, outcome: Outcome, step: Step) -> None:
        """Show the outcome. Raises ForgeError."""
        ...

    def superseded(self, change: Change, why: Superseded) -> None:
        """Close what `start` opened: a newer push took this head's place, or somebody stopped the review."""
        ...

    def broke_off(self, outcome: Outcome) -> None:
        """Close it as failed, as far as that can be had: publishing itself has failed."""
        ...
