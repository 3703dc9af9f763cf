"""`/suture undismiss [finding]`: what was dismissed is reported again."""

from __future__ import annotations

from bot.conversation.named import named
from bot.conversation.reply import CONFUSED, DONE, Reply
from bot.forge.conversation import Conversation
from bot.forge.fixes import Fixes
from bot.jobs.desk import Desk
from bot.publish import replies
from bot.records import Command

USAGE = (
    "`/suture undismiss`, below a finding's comment or with its id, lets it be reported again; elsewhere and "
    "alone, all that was dismissed on this pull request."
)
TAKES_MORE = True


def carry_out(asked: Command, talk: Conversation, desk: Desk) -> Reply:
    """Whoever dismissed it. Its thread is opened again. Raises ForgeError."""
    finding = ""
    if asked.rest or asked.thread_id:
        finding = named(asked, talk, Fixes(talk.api, asked.repository).bot)
        if not finding:
            return Reply(CONFUSED, replies.NOT_A_FINDING)
    back = {one.fingerprint for one in desk.dismissals() if one.fingerprint.startswith(finding)}
    if not back:
        return Reply(CONFUSED, replies.NOT_DISMISSED)

    def then() -> None:
        talk.set_resolved(back, resolved=False)
        desk.undismiss(back)  # last: what is done again after a crash has to find them

    return Reply(DONE, replies.UNDISMISSED, then)
