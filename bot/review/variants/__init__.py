"""Variants: where else in the repository the pattern of a proven finding stands. No run is made for them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bot.records import Finding, Outcome, Variants, Verdict
from bot.review.panel import Panel
from bot.review.reviewers import Material, VariantSceptic
from bot.step import Step


def with_variants(outcome: Outcome, material: Material, panel: Panel, step: Step) -> Outcome:
    """The outcome with the variants of its proven findings in the head's tree; its conclusion stays.

    A reviewer who looks at them takes those off the list that code guards, by one call for each finding.
    """
    proven = tuple(one.finding for one in outcome.examined if one.verdict is Verdict.PROVEN)
    if not proven:
        return outcome

    def act() -> Variants:
        from bot.review.variants.search import search  # noqa: PLC0415 - libcst takes long to load

        return search(proven, material)

    found = step("variants", act)
    able = [one for one in panel.reviewers if isinstance(one, VariantSceptic) and one.looks_at_variants]
    for finding in proven:
        for sceptic in able[:1]:
            found = _looked_at(found, finding, sceptic, material, step)
    return replace(outcome, variants=found)


def _looked_at(
    found: Variants, finding: Finding, sceptic: VariantSceptic, material: Material, step: Step
) -> Variants:
    places = tuple(one for one in found.found if one.finding == finding.id)
    if not places:
        return found
    left = step(f"variants {finding.id}", partial(sceptic.unguarded, finding, places, material))
    kept = tuple(one for one in found.found if one not in places or one in left.found)
    return Variants(kept, "; ".join(part for part in (found.left_out, left.left_out) if part))
