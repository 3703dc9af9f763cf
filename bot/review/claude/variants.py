"""The look at places with a proven defect's pattern: quoted code that guards one takes it off the list."""

from __future__ import annotations

import logging
from pathlib import Path

from bot.diff.signs import visible, visible_line
from bot.errors import ReviewerError
from bot.records import Finding, Variant, Variants
from bot.review.claude.author import describe
from bot.review.claude.call import Caller, Request, ask
from bot.review.claude.material import Shown, fence
from bot.review.claude.refute import guarded, read_refutations
from bot.review.claude.slices import enclosing, parse_source
from bot.review.claude.sources import read_source
from bot.review.claude.voice import Voice

log = logging.getLogger(__name__)
MOST_CODE = 30_000  # characters of code that are shown; a place beyond stays on the list


def unguarded(
    caller: Caller, voice: Voice, shown: Shown, finding: Finding, places: tuple[Variant, ...], tree: Path
) -> Variants:
    """The places without those for which real code is quoted as a guard, by one call that the finding pays.

    All of them when nobody can be asked, or nobody answers.
    """
    task = caller.prompts.variants.fill(
        finding=describe(finding, tree, shown.nonce),
        places=fence(shown.nonce, "places", _told(places, tree)),
    )
    request = Request("refute", voice, shown, task, finding=finding.id)
    try:
        reply = ask(caller, request, lambda text: read_refutations(text, len(places)))
    except ReviewerError as problem:
        log.warning("nobody looked at the variants of %s: %s", finding.id, problem)
        return Variants(places)
    if reply.value is None:
        log.warning("%s did not look at the variants of %s", reply.model, finding.id)
        return Variants(places)
    gone = {int(one.finding[1:]) for one in reply.value.refutations if guarded(one.guard, tree)}
    kept = tuple(one for number, one in enumerate(places, 1) if number not in gone)
    taken = f"{len(gone)} more have code that guards them, says {reply.model}" if gone else ""
    return Variants(kept, taken)


def _told(places: tuple[Variant, ...], tree: Path) -> str:
    parts: list[str] = []
    for number, one in enumerate(places, 1):
        text = read_source(tree, one.path)
        if text is None:
            continue
        code = enclosing(parse_source(one.path, text), one.line, one.line)
        rows = visible(f"{one.why}\nline {one.line}, in lines {code.start}-{code.end}:\n{code.text}")
        part = f"F{number}: {visible_line(one.path)}\n{rows}"
        if sum(map(len, parts)) + len(part) > MOST_CODE:
            break
        parts.append(part)
    return "\n\n".join(parts)
