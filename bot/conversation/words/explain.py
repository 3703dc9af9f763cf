"""`/suture explain [finding]`: all that is kept of a finding."""

from __future__ import annotations

from bot.conversation.named import named
from bot.conversation.reply import CONFUSED, DONE, Reply
from bot.forge.conversation import Conversation
from bot.forge.fixes import Fixes
from bot.jobs.desk import Desk
from bot.publish import replies
from bot.publish.explained import explained
from bot.publish.outputs.fix_commits import branch_name
from bot.records import Command, KeptProof

USAGE = (
    "`/suture explain`, below a finding's comment or with its id, tells the claim, what each gate saw, the "
    "runs, and how to repeat them."
)
TAKES_MORE = True


def carry_out(asked: Command, talk: Conversation, desk: Desk) -> Reply:
    """From what is kept: nothing is run and no model is asked. Raises ForgeError."""
    fixes = Fixes(talk.api, asked.repository)
    finding = named(asked, talk, fixes.bot)
    if not finding:
        return Reply(CONFUSED, replies.NOT_A_FINDING)
    meant = desk.proofs(finding)
    if len(meant) != 1:
        return Reply(CONFUSED, replies.NOT_KEPT)
    return Reply(DONE, explained(meant[0], _branch(asked, fixes, meant[0])))


def _branch(asked: Command, fixes: Fixes, kept: KeptProof) -> str:
    """The fix branch, if it is there."""
    name = branch_name(asked.number, kept.examined.finding.id, kept.head_sha)
    return name if name in fixes.branches(asked.number) else ""
