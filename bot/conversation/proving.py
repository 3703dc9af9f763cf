"""One finding proven again for who asked: red, green and gates on the present head, and the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.conversation.reply import CONFUSED, DONE, Reply
from bot.errors import InputError, Superseded, SutureError
from bot.forge import Forge
from bot.forge.conversation import Conversation
from bot.jobs.desk import Desk
from bot.proof.prover import prove
from bot.publish import neutral, replies
from bot.publish.explained import proven_again
from bot.records import Command, Examined, KeptProof, Patch
from bot.regression.lab import Lab
from bot.regression.recheck import placed, proofs_to_keep
from bot.step import Step


def run_again(
    asked: Command,
    talk: Conversation,
    desk: Desk,
    forge_at: Callable[[str], Forge],
    lab: Lab,
    step: Step,
) -> None:
    """Answer with what was seen. Where that is not what stood there, the head is reviewed again.

    Raises Superseded, once that is said too.
    """
    try:
        head = step("head", lambda: talk.pull().head_sha)
        before = step("kept", lambda: _kept(desk, asked.rest))
        now = _again(before, head, forge_at(head), lab, step)
    except SutureError as problem:
        why = neutral.prose(str(problem), 500)
        step("answer", lambda: _say(talk, Reply(CONFUSED, replies.not_again(why))))
        if isinstance(problem, Superseded):
            raise
        return
    for one in proofs_to_keep(head, (now.examined,)):
        step("keep", partial(desk.keep_proof, one))
    is_same = now.examined.verdict is before.examined.verdict
    step("answer", lambda: _say(talk, Reply(DONE if is_same else CONFUSED, proven_again(before, now))))
    if not is_same:
        step("review", lambda: desk.review(head))


def _kept(desk: Desk, finding: str) -> KeptProof:
    found = next((one for one in desk.proofs(finding) if one.examined.finding.id == finding), None)
    if found is None or found.examined.test is None:
        raise InputError(replies.NOT_KEPT)
    return found


def _again(before: KeptProof, head: str, forge: Forge, lab: Lab, step: Step) -> KeptProof:
    change = step("collect", forge.collect)
    with forge.checkout(change) as tree:
        return step("prove", lambda: KeptProof(head, _proven(before.examined, tree, lab)))


def _proven(one: Examined, tree: Path, lab: Lab) -> Examined:
    """No model is asked. Without a fix, the gates of the red test are all that can be decided."""
    finding, test, patch = placed(one.finding, tree), one.test, one.patch or Patch("")
    if test is None:
        raise InputError(replies.NOT_KEPT)
    proof = prove(tree, patch, test, lab.bench(tree), finding)
    return replace(one, finding=finding, proof=proof)


def _say(talk: Conversation, reply: Reply) -> None:
    try:
        talk.say(reply.text)
    finally:
        talk.react(reply.reaction)
