"""How a command is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.forge.conversation import Reaction

DONE: Reaction = "+1"
REFUSED: Reaction = "-1"
CONFUSED: Reaction = "confused"
UNDER_WAY: Reaction = "eyes"


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Reply:
    """A reaction and, where it does not say it all, Markdown.

    `then` is done once the answer stands; it may be done twice.
    """

    reaction: Reaction
    text: str = ""
    then: Callable[[], None] = _nothing
