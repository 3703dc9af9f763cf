"""The review stage: the whole change in, anchored findings out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.errors import ReviewerError
from bot.records import Dropped, Finding, Hunk, Review
from bot.review.anchors import find_anchor
from bot.review.claude.call import Caller, Request, Voice, ask, declined_by
from bot.review.claude.findings import make_finding, need_known_hunks, not_examined, place
from bot.review.claude.harden import harden
from bot.review.claude.material import Shown
from bot.review.claude.schema import ReviewReply, SaidFinding, read_reply

NOT_ANCHORED = "could not be anchored: the quoted code does not stand at one certain place of the diff"
SAID_TWICE = "the same weakness was reported twice for these lines"


def review(caller: Caller, voice: Voice, fixers: Voice, shown: Shown, tree: Path) -> Review:
    """What the models say of the hunks shown. Raises ReviewerError when it cannot be had.

    Where all models of `voice` refuse to review, `fixers` are asked to fix the code instead, and what they
    fix is reported. What was refused is told in either case.
    """
    if not shown.hunks:
        return Review(not_reviewed=shown.not_reviewed)

    def read(text: str) -> ReviewReply:
        reply = read_reply(text, ReviewReply)
        need_known_hunks(reply.not_examined, shown.hunks)
        return reply

    reply = ask(caller, Request("review", voice, shown, caller.prompts.review.fill()), read)
    places = tuple(place(hunk) for hunk in shown.hunks)
    if reply.value is None and reply.refusals:
        instead = harden(caller, fixers, shown, tree)
        covered_by = "" if instead.declined else "asking for the hardened code instead of a review"
        declined = declined_by(reply.refusals, "review", places, covered_by)
        return replace(instead, declined=(declined, *instead.declined), usage=reply.usage + instead.usage)
    if reply.value is None:
        raise ReviewerError(f"{reply.model} replied twice in a form that cannot be used: {reply.problem}")
    findings, dropped = _place(reply.value.findings, shown.hunks, tree)
    skipped = tuple(not_examined(one, shown.hunks) for one in reply.value.not_examined)
    refused = (declined_by(reply.refusals, "review", places, reply.model),) if reply.refusals else ()
    return Review(findings, dropped, shown.not_reviewed + skipped, refused, reply.usage)


def _place(
    said: Sequence[SaidFinding], hunks: Sequence[Hunk], tree: Path
) -> tuple[tuple[Finding, ...], tuple[Dropped, ...]]:
    findings: list[Finding] = []
    dropped: list[Dropped] = []
    for one in said:
        anchor = find_anchor(hunks, one.label, one.quote)
        if anchor is None:
            dropped.append(_dropped(one, hunks, NOT_ANCHORED))
            continue
        finding = make_finding(one, one.confidence, anchor, tree)
        if any(finding.id == other.id for other in findings):
            dropped.append(_dropped(one, hunks, SAID_TWICE))
        else:
            findings.append(finding)
    return tuple(findings), tuple(dropped)


def _dropped(said: SaidFinding, hunks: Sequence[Hunk], reason: str) -> Dropped:
    number = int(said.label[1:].partition(".")[0])
    path = hunks[number - 1].path if 1 <= number <= len(hunks) else ""
    return Dropped(said.title, path, 0, said.cwe, reason, "review")
