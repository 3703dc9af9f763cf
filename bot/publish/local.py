"""Publishing for a local range: nothing is written, and the command prints the outcome."""

from __future__ import annotations

from bot.errors import Superseded
from bot.records import Change, Outcome
from bot.step import Step


class LocalPublisher:
    """Keeps quiet; whoever called the pipeline has its outcome and renders it."""

    def start(self, change: Change, step: Step) -> None:
        """Nobody is waiting elsewhere."""

    def publish(self, outcome: Outcome, step: Step) -> None:
        """The caller renders the outcome."""

    def superseded(self, change: Change, why: Superseded) -> None:
        """A local range is never superseded."""

    def broke_off(self, outcome: Outcome) -> None:
        """The caller hears of it."""
