"""`/suture stop`: the running or waiting review ends."""

from __future__ import annotations

from bot.conversation.reply import CONFUSED, DONE, Reply
from bot.forge.conversation import Conversation
from bot.jobs.desk import Desk
from bot.records import Command

USAGE = "`/suture stop` ends the running or waiting review."
TAKES_MORE = False


def carry_out(_asked: Command, _talk: Conversation, desk: Desk) -> Reply:
    """The check run says who stopped it; where there is nothing to stop, the reaction does."""
    return Reply(DONE if desk.stop() else CONFUSED)
