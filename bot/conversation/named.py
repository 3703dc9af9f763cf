"""Which finding a command means: by its id, or by the thread that it was given in."""

from __future__ import annotations

import re

from bot.forge.conversation import Conversation
from bot.forge.markers import find
from bot.records import Command

_ID = re.compile(r"`?([0-9a-f]{8,64})`?")


def id_in(word: str) -> str:
    """What the id begins with that a word is; empty when it is none."""
    match = _ID.fullmatch(word)
    return match[1] if match else ""


def id_of_thread(asked: Command, talk: Conversation, bot: int) -> str:
    """The id of the finding that our comment at the thread's beginning reports; empty when there is none."""
    if not asked.thread_id:
        return ""
    first = talk.comment(asked.thread_id)
    marker = find(first.body) if first.author == bot else None
    return marker.fingerprint if marker else ""


def named(asked: Command, talk: Conversation, bot: int) -> str:
    """What the id begins with of the finding that is named or whose thread it is; empty for none."""
    return id_in(asked.rest) if asked.rest else id_of_thread(asked, talk, bot)
