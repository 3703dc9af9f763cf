"""The review stage: triage, independent looks at the whole change, a vote, and somebody who refutes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.config.files import ModelsPart
from bot.errors import ReviewerError
from bot.records import Declined, Dropped, Finding, Hunk, NotReviewed, Review
from bot.review.anchors import find_anchor
from bot.review.claude.call import Caller, Reply, Request, ask, declined_by
from bot.review.claude.findings import make_finding, need_known_hunks, not_examined, place
from bot.review.claude.harden import harden
from bot.review.claude.look import Look, describe
from bot.review.claude.material import Shown
from bot.review.claude.refute import refute
from bot.review.claude.schema import ReviewReply, SaidFinding, read_reply
from bot.review.claude.voice import Voice
from bot.review.claude.vote import vote

log = logging.getLogger(__name__)
NOT_ANCHORED = "could not be anchored: the quoted code does not stand at one certain place of the diff"
SAID_TWICE = "the same weakness was reported twice for these lines"
GLANCED = "A first look saw nothing in it that bears on security, so it had no closer one."


@dataclass(frozen=True, slots=True)
class Voices:
    """Who is asked in each stage.

    Without a voice for triage every hunk gets a closer look; without one for variants, nobody looks at these.
    """

    triage: Voice | None
    review: Voice
    judge: Voice
    test: Voice
    fix: Voice
    variants: Voice | None = None

    def speaking_as(self, models: ModelsPart) -> Voices:
        """The same voices with these models, where they are named; nobody begins to triage."""
        triage = self.triage and self.triage.speaking_as(models.triage, models.effort)
        others = {
            stage: getattr(self, stage).speaking_as(getattr(models, stage), models.effort)
            for stage in ("review", "judge", "test", "fix")
        }
        return replace(self, triage=triage, **others)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a review looks at: the change as shown, where to look in it, the tree, how many times."""

    shown: Shown
    look: Look
    tree: Path
    samples: int


def glanced(shown: Shown) -> Review:
    """The review of a change in which triage found nothing to look at. Its hunks are listed, file by file."""
    paths = dict.fromkeys(hunk.path for hunk in shown.hunks)
    return Review(
        not_reviewed=shown.not_reviewed + tuple(NotReviewed(path, GLANCED, in_scope=False) for path in paths)
    )


def review(caller: Caller, voices: Voices, sight: Sight) -> Review:
    """What the models say of the hunks shown. Raises ReviewerError when it cannot be had.

    Where all models refuse to review, those that fix are asked to fix the code instead, and what they fix is
    reported. What was refused is told in either case.
    """
    shown = sight.shown
    first = _look(caller, voices.review, sight, 0)
    places = tuple(place(hunk) for hunk in shown.hunks)
    if first.refused:
        instead = harden(caller, voices.fix, shown, sight.tree)
        covered_by = "" if instead.declined else "asking for the hardened code instead of a review"
        declined = declined_by(first.refusals, "review", places, covered_by)
        return replace(instead, declined=(declined, *instead.declined), usage=first.usage + instead.usage)
    if first.value is None:
        raise ReviewerError(f"{first.model} replied twice in a form that cannot be used: {first.problem}")
    looks = (first, *_further(caller, voices.review, sight))
    refused = tuple(declined_by(one.refusals, "review", places, first.model) for one in looks if one.refusals)
    return _merged([one.value for one in looks if one.value], looks, refused, caller, voices, sight)


def _merged(
    said: list[ReviewReply],
    looks: Sequence[Reply[ReviewReply]],
    refused: tuple[Declined, ...],
    caller: Caller,
    voices: Voices,
    sight: Sight,
) -> Review:
    shown = sight.shown
    placed = [_place(one.findings, shown.hunks, sight.tree) for one in said]
    findings, again = vote([found for found, _ in placed])
    refuted = refute(caller, voices.judge, shown, findings, sight.tree)
    return Review(
        refuted.findings,
        tuple(one for _, lost in placed for one in lost) + again,
        shown.not_reviewed + _skipped(said, shown.hunks),
        refused + refuted.declined,
        sum((one.usage for one in looks), refuted.usage),
    )


def _look(caller: Caller, voice: Voice, sight: Sight, sample: int) -> Reply[ReviewReply]:
    def read(text: str) -> ReviewReply:
        reply = read_reply(text, ReviewReply)
        need_known_hunks(reply.not_examined, sight.shown.hunks)
        return reply

    look = describe(sight.look, sight.shown, caller.prompts, sample)
    return ask(caller, Request("review", voice, sight.shown, caller.prompts.review.fill(look=look)), read)


def _further(caller: Caller, voice: Voice, sight: Sight) -> list[Reply[ReviewReply]]:
    """The looks after the first; as many as can be had, for the first one counts without them."""
    found: list[Reply[ReviewReply]] = []
    for sample in range(1, sight.samples):
        try:
            found.append(_look(caller, voice, sight, sample))
        except ReviewerError as problem:
            log.warning("look %d at the change could not be had: %s", sample + 1, problem)
            break
    return found


def _skipped(said: Sequence[ReviewReply], hunks: Sequence[Hunk]) -> tuple[NotReviewed, ...]:
    """Hunks that no look examined, with the reason that the first one gave."""
    first, *others = said
    by_all = [{one.hunk for one in reply.not_examined} for reply in others]
    return tuple(
        not_examined(one, hunks) for one in first.not_examined if all(one.hunk in skips for skips in by_all)
    )


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
