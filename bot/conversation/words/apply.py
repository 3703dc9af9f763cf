"""`/suture apply [finding]` and the button: proven fixes, a commit each, onto the pull request's branch."""

from __future__ import annotations

from bot.conversation.by_hand import patches
from bot.conversation.landing import land
from bot.conversation.named import named
from bot.conversation.reply import CONFUSED, DONE, Reply
from bot.forge.answers import Pull
from bot.forge.conversation import Conversation
from bot.forge.fixes import Fixes
from bot.jobs.desk import Desk
from bot.publish import applied, texts
from bot.records import Command

USAGE = (
    "`/suture apply` puts the proven fixes on the pull request's branch, a commit each; below a finding's "
    "comment, or with its id, that one."
)
TAKES_MORE = True


def carry_out(asked: Command, talk: Conversation, _desk: Desk) -> Reply:
    """Says what is on the branch now. A fork gets the command that applies the fixes. Raises ForgeError."""
    pull = talk.pull()
    if not pull.is_open:
        return Reply(CONFUSED, texts.CLOSED)
    fixes = Fixes(talk.writing, asked.repository)
    finding = _finding(asked, talk, fixes)
    if finding is None:
        return Reply(CONFUSED, texts.NOT_A_FINDING)
    if pull.head_repository != pull.repository:
        return _by_hand(asked, talk, fixes, pull, finding)
    landed = land(fixes, pull, asked.number, finding)
    if not landed.there and not landed.left_out:
        return Reply(CONFUSED, applied.no_fix(pull.head_sha, finding))
    text = applied.applied(pull.head_ref, landed.there, landed.left_out)
    return Reply(DONE if landed.there else CONFUSED, text)


def _finding(asked: Command, talk: Conversation, fixes: Fixes) -> str | None:
    """What the finding's id begins with; empty for all findings, None when none is named."""
    if not asked.rest and not asked.thread_id:
        return ""
    return named(asked, talk, fixes.bot) or None


def _by_hand(asked: Command, talk: Conversation, fixes: Fixes, pull: Pull, finding: str) -> Reply:
    comments = talk.api.pages(f"{talk.path}/pulls/{asked.number}/comments")
    found = patches(comments, fixes.bot, pull.head_sha, finding)
    return Reply(DONE, applied.git_apply(found)) if found else Reply(CONFUSED, texts.NO_PATCH)
