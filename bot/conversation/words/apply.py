"""`/suture apply [finding]` and the button: proven fixes, a commit each, onto the pull request's branch."""

from __future__ import annotations

from bot.conversation.landing import land
from bot.conversation.named import named
from bot.conversation.reply import CONFUSED, DONE, Reply
from bot.forge.answers import Pull
from bot.forge.conversation import Conversation
from bot.forge.fixes import Fixes
from bot.jobs.desk import Desk
from bot.publish import applied, replies, texts
from bot.records import Command, Verdict

USAGE = (
    "`/suture apply` puts the proven fixes on the pull request's branch, a commit each; below a finding's "
    "comment, or with its id, that one."
)
TAKES_MORE = True


def carry_out(asked: Command, talk: Conversation, desk: Desk) -> Reply:
    """Says what is on the branch now. What may not be put there gets the command that applies it.

    Raises ForgeError.
    """
    pull = talk.pull()
    if not pull.is_open:
        return Reply(CONFUSED, replies.CLOSED)
    fixes = Fixes(talk.writing, asked.repository)
    finding = _finding(asked, talk, fixes)
    if finding is None:
        return Reply(CONFUSED, replies.NOT_A_FINDING)
    patches = _patches(desk, pull, finding)
    if pull.head_repository != pull.repository:
        return _by_hand(patches, pull, replies.ON_A_FORK)
    if lacks := talk.lacks():
        return _by_hand(patches, pull, texts.read_only(lacks))
    landed = land(fixes, pull, asked.number, finding)
    if not landed.there and not landed.left_out and not landed.refused:
        return _by_hand(patches, pull, replies.NO_BRANCH)
    refused = {fix.fingerprint for fix, _ in landed.refused}
    by_hand = [patch for key, patch in patches.items() if key in refused]
    text = applied.applied(pull.head_ref, landed.there, landed.left_out, landed.refused, by_hand)
    return Reply(DONE if landed.there else CONFUSED, text)


def _finding(asked: Command, talk: Conversation, fixes: Fixes) -> str | None:
    """What the finding's id begins with; empty for all findings, None when none is named."""
    if not asked.rest and not asked.thread_id:
        return ""
    return named(asked, talk, fixes.bot) or None


def _patches(desk: Desk, pull: Pull, finding: str) -> dict[str, str]:
    """The fixes that are proven on the present head, by finding."""
    return {
        one.examined.finding.id: one.examined.patch.diff
        for one in desk.proofs(finding)
        if one.head_sha == pull.head_sha and one.examined.verdict is Verdict.PROVEN and one.examined.patch
    }


def _by_hand(patches: dict[str, str], pull: Pull, lead: str) -> Reply:
    if not patches:
        return Reply(CONFUSED, replies.no_fix(pull.head_sha))
    return Reply(DONE, applied.git_apply(list(patches.values()), lead))
