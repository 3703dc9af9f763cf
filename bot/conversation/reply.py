"""How a command is answered."""

from __future__ import annotations

from dataclasses import dataclass

from bot.forge.conversation import Reaction

DONE: Reaction = "+1"
REFUSED: Reaction = "-1"
CONFUSED: Reaction = "confused"
UNDER_WAY: Reaction = "eyes"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reaction and, where it does not say it all, Markdown."""

    reaction: Reaction
    text: str = ""
