"""The triage stage: a small model says which hunks bear on security, for the strong one to look there."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.errors import BudgetSpent, ReviewerError
from bot.records import Declined, Usage
from bot.review.claude.call import Caller, Request, ask, declined_by
from bot.review.claude.findings import place
from bot.review.claude.look import Look, everywhere, hinted
from bot.review.claude.material import Shown
from bot.review.claude.schema import MalformedReply, TriageReply, read_reply
from bot.review.claude.voice import Voice
from bot.review.reviewers import Hint

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Triaged:
    """Where to look; what a model declined to say; what asking took."""

    look: Look
    declined: tuple[Declined, ...] = ()
    usage: Usage = Usage()


def triage(caller: Caller, voice: Voice | None, shown: Shown, hints: tuple[Hint, ...]) -> Triaged:
    """The hunks that the model or a hint names; all without a voice, or when its answer cannot be had.

    Raises BudgetSpent.
    """
    if voice is None:
        return Triaged(everywhere(shown, hints))

    def read(text: str) -> TriageReply:
        reply = read_reply(text, TriageReply)
        unknown = [one.hunk for one in reply.regions if not 1 <= int(one.hunk[1:]) <= len(shown.hunks)]
        if unknown:
            raise MalformedReply(f"regions name hunks that were not shown: {', '.join(unknown)}")
        return reply

    try:
        reply = ask(caller, Request("triage", voice, shown, caller.prompts.triage.fill()), read)
    except BudgetSpent:
        raise
    except ReviewerError as problem:
        log.warning("triage failed, so every hunk is reviewed: %s", problem)
        return Triaged(everywhere(shown, hints))
    places = tuple(place(hunk) for hunk in shown.hunks)
    covered = reply.model if reply.value else "a review of every hunk"
    refused = (declined_by(reply.refusals, "triage", places, covered),) if reply.refusals else ()
    if reply.value is None:
        return Triaged(everywhere(shown, hints), refused, reply.usage)
    named = {int(one.hunk[1:]): one.cwes for one in reply.value.regions}
    regions = hinted(shown, hints)
    for number, cwes in named.items():
        regions[number] = tuple(dict.fromkeys((*cwes, *regions.get(number, ()))))
    return Triaged(Look(dict(sorted(regions.items())), hints), refused, reply.usage)
