"""The outcome as Markdown, for job summaries and for pasting."""

from __future__ import annotations

from bot.publish import texts
from bot.records import Outcome


def render(outcome: Outcome) -> str:
    """The check run's own report, as one Markdown document; ends with a line feed."""
    ...
