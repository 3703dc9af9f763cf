"""`/suture review`, the button Recheck, and GitHub's own Re-run: the head is reviewed once more."""

from __future__ import annotations

from bot.conversation.reply import CONFUSED, DONE, UNDER_WAY, Reply
from bot.forge.conversation import Conversation
from bot.jobs.desk import Desk
from bot.publish import replies
from bot.records import Command

USAGE = "`/suture review` reviews the pull request as it is now, also when that was done before."
TAKES_MORE = False


def carry_out(_asked: Command, talk: Conversation, desk: Desk) -> Reply:
    """The new review has a check run of its own. Raises ForgeError."""
    pull = talk.pull()
    if not pull.is_open:
        return Reply(CONFUSED, replies.CLOSED)
    return Reply(DONE if desk.review(pull.head_sha) else UNDER_WAY)
