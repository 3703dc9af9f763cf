"""Variants: where else in the repository the pattern of a proven finding stands. No run is made for them."""

from __future__ import annotations

from dataclasses import replace

from bot.records import Outcome, Variants, Verdict
from bot.review.reviewers import Material
from bot.step import Step


def with_variants(outcome: Outcome, material: Material, step: Step) -> Outcome:
    """The outcome with the variants of its proven findings in the head's tree; its conclusion stays."""
    proven = tuple(one.finding for one in outcome.examined if one.verdict is Verdict.PROVEN)
    if not proven:
        return outcome

    def act() -> Variants:
        from bot.review.variants.search import search  # noqa: PLC0415 - libcst takes long to load

        return search(proven, material)

    return replace(outcome, variants=step("variants", act))
