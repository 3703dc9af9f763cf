"""`/suture help`: what there is to say."""

from __future__ import annotations

from bot import conversation
from bot.conversation.reply import DONE, Reply
from bot.forge.conversation import Conversation
from bot.jobs.desk import Desk
from bot.publish import replies
from bot.records import Command

USAGE = "`/suture help` shows this list."
TAKES_MORE = False


def carry_out(_asked: Command, _talk: Conversation, _desk: Desk) -> Reply:
    """Every word that has a file, with its line."""
    known = conversation.find_words()
    return Reply(DONE, replies.usage("", [one.usage for one in known.values()]))
