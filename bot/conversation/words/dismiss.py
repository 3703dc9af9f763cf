"""`/suture dismiss <reason>` in a finding's thread, elsewhere with its id before it; or the button."""

from __future__ import annotations

from functools import partial

from bot.conversation.named import id_in, id_of_thread
from bot.conversation.reply import CONFUSED, DONE, Reply
from bot.forge.answers import Pull
from bot.forge.conversation import Conversation
from bot.forge.fixes import Fixes
from bot.jobs.desk import Desk
from bot.publish import dismissed, replies
from bot.records import Command, Finding
from bot.review.dismissed import is_dismissed

USAGE = (
    "`/suture dismiss REASON`, below a finding's comment, leaves it out of the next reviews of this pull "
    "request and lists it with the reason; elsewhere `/suture dismiss ID REASON`."
)
TAKES_MORE = True


def carry_out(asked: Command, talk: Conversation, desk: Desk) -> Reply:
    """Says what that means, above all where the author alone cannot do it. Raises ForgeError."""
    if asked.is_button:
        return _all(asked, talk, desk)
    finding, reason = _read(asked, talk)
    if not finding:
        return Reply(CONFUSED, replies.NOT_A_FINDING)
    if not reason:
        return Reply(CONFUSED, replies.NO_REASON)
    meant = [one for one in desk.posted() if one.id.startswith(finding)]
    if len(meant) != 1:
        return Reply(CONFUSED, replies.NOT_POSTED)
    gone = _dismiss(meant, reason, asked, talk.pull(), desk)
    text = replies.DISMISSED if gone else replies.NEEDS_ANOTHER
    return Reply(DONE if gone else CONFUSED, text, partial(talk.set_resolved, gone, resolved=True))


def _read(asked: Command, talk: Conversation) -> tuple[str, str]:
    """What the finding's id begins with, and the reason; empty where one is missing."""
    first, _, rest = asked.rest.partition(" ")
    if named := id_in(first):
        return named, rest
    return id_of_thread(asked, talk, Fixes(talk.api, asked.repository).bot), asked.rest


def _all(asked: Command, talk: Conversation, desk: Desk) -> Reply:
    """All findings of the check run whose button it was, while that is of the present head."""
    pull = talk.pull()
    if pull.head_sha != asked.rest:
        return Reply(CONFUSED, replies.MOVED_ON)
    meant = [one.examined.finding for one in desk.proofs() if one.head_sha == pull.head_sha]
    if not meant:
        return Reply(CONFUSED, replies.NOT_KEPT)
    gone = _dismiss(meant, replies.BY_BUTTON, asked, pull, desk)
    text = dismissed.by_button(
        [one for one in meant if one.id in gone], [one for one in meant if one.id not in gone]
    )
    return Reply(DONE if gone else CONFUSED, text, partial(talk.set_resolved, gone, resolved=True))


def _dismiss(findings: list[Finding], reason: str, asked: Command, pull: Pull, desk: Desk) -> frozenset[str]:
    """The ids of those that are left out from now on; the others wait for somebody else to say so too."""
    by_author = asked.login.lower() == pull.author.lower()
    for one in findings:
        desk.dismiss(one, reason, by_author=by_author)
    told = desk.dismissals()
    return frozenset(one.id for one in findings if is_dismissed(one, told))
