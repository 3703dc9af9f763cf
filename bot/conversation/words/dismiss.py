"""`/suture dismiss <reason>` in a finding's thread, `/suture dismiss <id> <reason>` elsewhere."""

from __future__ import annotations

from bot.conversation.named import id_in, id_of_thread
from bot.conversation.reply import CONFUSED, DONE, Reply
from bot.forge.conversation import Conversation
from bot.forge.fixes import Fixes
from bot.jobs.desk import Desk
from bot.publish import texts
from bot.records import Command
from bot.review.dismissed import needs_another

USAGE = (
    "`/suture dismiss REASON`, below a finding's comment, leaves it out of the next reviews of this pull "
    "request and lists it with the reason; elsewhere `/suture dismiss ID REASON`."
)
TAKES_MORE = True


def carry_out(asked: Command, talk: Conversation, desk: Desk) -> Reply:
    """Says what that means, above all where the author alone cannot do it. Raises ForgeError."""
    finding, reason = _read(asked, talk)
    if not finding:
        return Reply(CONFUSED, texts.NOT_A_FINDING)
    if not reason:
        return Reply(CONFUSED, texts.NO_REASON)
    pull = talk.pull()
    meant = [one for one in desk.posted() if one.id.startswith(finding)]
    if len(meant) != 1:
        return Reply(CONFUSED, texts.NOT_POSTED)
    by_author = asked.login.lower() == pull.author.lower()
    desk.dismiss(meant[0], reason, by_author=by_author)
    waits = needs_another(meant[0], by_author=by_author)
    return Reply(DONE, texts.NEEDS_ANOTHER if waits else texts.DISMISSED)


def _read(asked: Command, talk: Conversation) -> tuple[str, str]:
    """What the finding's id begins with, and the reason; empty where one is missing."""
    first, _, rest = asked.rest.partition(" ")
    if named := id_in(first):
        return named, rest
    return id_of_thread(asked, talk, Fixes(talk.api, asked.repository).bot), asked.rest
