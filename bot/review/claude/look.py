"""Where to look: what triage, hints and the words of the code point to, as the review's task says it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bot.diff.signs import visible_line
from bot.records import Hunk
from bot.review.anchors import label
from bot.review.cards import choose, load_cards
from bot.review.claude.material import Shown, fence
from bot.review.claude.prompts import Prompts
from bot.review.reviewers import Hint

MOST_HINTS = 40
HINTED = "Programs that read patterns marked these rows. They know no context and are often wrong:"
CARDS = "What to ask in changes like this one:"


@dataclass(frozen=True, slots=True)
class Look:
    """The hunks that bear on security, by number from 1, with the weaknesses to look for; and the hints."""

    regions: dict[int, tuple[str, ...]]
    hints: tuple[Hint, ...] = ()

    @property
    def cwes(self) -> tuple[str, ...]:
        """Weaknesses by how many regions name them."""
        named = [cwe for cwes in self.regions.values() for cwe in cwes] + [hint.cwe for hint in self.hints]
        return tuple(sorted(dict.fromkeys(named), key=lambda cwe: -named.count(cwe)))


def everywhere(shown: Shown, hints: tuple[Hint, ...]) -> Look:
    """Every hunk."""
    return Look({number: () for number, _ in enumerate(shown.hunks, 1)}, hints)


def hinted(shown: Shown, hints: tuple[Hint, ...]) -> dict[int, tuple[str, ...]]:
    """Hunks that a program's hint points into, with the hints' weaknesses."""
    found: dict[int, tuple[str, ...]] = {}
    for hint in hints:
        for number, hunk in enumerate(shown.hunks, 1):
            if hunk.path == hint.path and not hunk.new_lines.isdisjoint(range(hint.start, hint.end + 1)):
                found[number] = tuple(dict.fromkeys((*found.get(number, ()), hint.cwe)))
    return found


def describe(look: Look, shown: Shown, prompts: Prompts, sample: int) -> str:
    """The paragraphs of the task about where and for what to look. Sample 0 is the first one."""
    parts = [_again(look, prompts, sample)] if sample else []
    if len(look.regions) < len(shown.hunks):
        named = ", ".join(f"H{number}" for number in look.regions)
        parts.append(f"A first look found these hunks worth a closer one: {named}. The others count as well.")
    if marked := [line for hint in look.hints[:MOST_HINTS] if (line := _marked(hint, shown.hunks))]:
        parts += [HINTED, fence(shown.nonce, "hints", "\n".join(marked))]
    if cards := choose(load_cards(), look.cwes, _code(shown.hunks, look)):
        parts += [CARDS, *(f"- {card.text}" for card in cards)]
    return "\n\n".join(parts)


def _again(look: Look, prompts: Prompts, sample: int) -> str:
    order = list(look.regions)
    random.Random(sample).shuffle(order)  # noqa: S311 - an order that can be repeated
    return prompts.again.fill(order=", ".join(f"H{number}" for number in order))


def _marked(hint: Hint, hunks: tuple[Hunk, ...]) -> str:
    for number, hunk in enumerate(hunks, 1):
        rows = enumerate(hunk.lines, 1) if hunk.path == hint.path else ()
        for row, line in rows:
            if line.new is not None and hint.start <= line.new <= hint.end:
                return f"{label(number, row)}: {hint.cwe} {visible_line(hint.what)}"
    return ""


def _code(hunks: tuple[Hunk, ...], look: Look) -> str:
    lines = (line for number in look.regions for line in hunks[number - 1].lines)
    return "\n".join(line.text for line in lines if line.kind != "context")
