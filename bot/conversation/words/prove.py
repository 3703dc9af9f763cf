"""`/suture prove [finding]`: the kept test and fix are put to all gates again, on the present head."""

from __future__ import annotations

from bot.conversation.named import named
from bot.conversation.reply import CONFUSED, UNDER_WAY, Reply
from bot.forge.conversation import Conversation
from bot.forge.fixes import Fixes
from bot.jobs.desk import Desk
from bot.publish import replies
from bot.records import Command

USAGE = (
    "`/suture prove`, below a finding's comment or with its id, puts its test and its fix to all gates "
    "again, on the present head."
)
TAKES_MORE = True


def carry_out(asked: Command, talk: Conversation, desk: Desk) -> Reply:
    """The runs take minutes: they are a job of their own, which answers. Raises ForgeError."""
    finding = named(asked, talk, Fixes(talk.api, asked.repository).bot)
    if not finding:
        return Reply(CONFUSED, replies.NOT_A_FINDING)
    if not talk.pull().is_open:
        return Reply(CONFUSED, replies.CLOSED)
    meant = desk.proofs(finding)
    if len(meant) != 1:
        return Reply(CONFUSED, replies.NOT_KEPT)
    desk.prove(meant[0].examined.finding.id)
    return Reply(UNDER_WAY)
