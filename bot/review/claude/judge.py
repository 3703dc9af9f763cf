"""The judge stage: a last look at what the runs have confirmed, by somebody who can only veto."""

from __future__ import annotations

from pathlib import Path

from bot.diff.signs import visible, visible_line
from bot.records import Finding, Judgement, Patch, RegressionTest
from bot.review.claude.author import describe
from bot.review.claude.call import Caller, Request, ask, declined_by
from bot.review.claude.material import Shown, fence
from bot.review.claude.schema import JudgeReply, read_reply
from bot.review.claude.voice import Voice

_KINDS = {
    "no-defect": "it is no defect",
    "other-guarantee": "the test shows something else",
    "cause-remains": "the fix leaves the cause",
    "breaks-use": "the fix breaks ordinary use",
}


def judge(
    caller: Caller,
    voice: Voice,
    shown: Shown,
    tree: Path,
    finding: Finding,
    test: RegressionTest,
    patch: Patch,
) -> Judgement:
    """A veto with its reason, or none; none as well when all refuse. Raises ReviewerError for faults."""
    nonce = shown.nonce
    written = f"{visible_line(test.path)}:\n\n{visible(test.content)}"
    task = caller.prompts.judge.fill(
        finding=describe(finding, tree, nonce),
        test=fence(nonce, "test", written),
        patch=fence(nonce, "fix", visible(patch.diff)),
    )
    request = Request("judge", voice, shown, task, finding=finding.id)
    reply = ask(caller, request, lambda text: read_reply(text, JudgeReply))
    if reply.value is None:
        place = (f"{finding.path}:{finding.start_line}",)
        declined = declined_by(reply.refusals, "judge", place, "the runs") if reply.refusals else None
        return Judgement(usage=reply.usage, declined=declined)
    said = reply.value.veto
    veto = f"{_KINDS[said.kind]}, says {reply.model}: {said.reason}" if said else ""
    return Judgement(veto, reply.usage)
