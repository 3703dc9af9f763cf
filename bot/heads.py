"""What one head of a pull request leaves to the next: what need not be looked at again, tests, proofs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from bot.house import House
from bot.records import Answer, Carried, Change, Finding, Outcome, Review
from bot.regression import recheck
from bot.regression.renamed import with_known_ids
from bot.review.dismissed import without_dismissed
from bot.review.reviewers import Material
from bot.review.since import carried, narrowed, rules_of
from bot.step import Step


def review(house: House, material: Material) -> Review:
    """Step 2: what is said of all that no earlier review has settled, without what people dismissed."""
    rules = rules_of(material.config, [one.name for one in house.panel.reviewers] + [house.who])
    kept = _carried(house, material.change, rules)
    found = house.panel.review(replace(material, change=narrowed(material.change, kept)))
    noted = found.not_reviewed + (kept.noted if kept else ())
    if memory := house.memory:
        found = with_known_ids(found, memory.tests(), material.tree)
    return without_dismissed(
        replace(found, carried=kept, rules=rules, not_reviewed=noted), house.dismissals()
    )


def _carried(house: House, change: Change, rules: str) -> Carried | None:
    memory = house.memory
    if house.whole or memory is None or (earlier := memory.reviewed()) is None:
        return None
    told = {one.fingerprint for one in house.dismissals()}
    dismissed = {one.finding.path for one in memory.tests() if one.finding.id in told}
    return carried(earlier, change, rules, house.forge.touched(change, earlier.head_sha), dismissed)


def shown(review: Review, material: Material) -> Callable[[Finding], Material]:
    """What the author of a finding is shown: what its reviewer was, and all for one in a carried file."""
    seen = replace(material, change=narrowed(material.change, review.carried))
    paths = {file.path for file in seen.change.files}
    return lambda finding: seen if finding.path in paths else material


def keep(house: House, outcome: Outcome, step: Step) -> None:
    """Keep tests, proofs and what was reviewed for the next head."""
    if memory := house.memory:
        with house.forge.checkout(outcome.change) if outcome.examined else nullcontext(Path()) as tree:
            step("keep", lambda: recheck.keep(memory, outcome, tree))


def forget(house: House, outcome: Outcome) -> None:
    """Keep no longer the tests whose code was taken away. May be done twice."""
    removed = tuple(one.kept.finding.id for one in outcome.rechecked if one.answer is Answer.REMOVED)
    if (memory := house.memory) and removed:
        memory.forget(removed)
