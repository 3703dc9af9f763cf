"""Several independent reviews of one change, made one: each finding once, surer when all of them saw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.records import Confidence, Dropped, Finding
from bot.review.cards import same_family


def vote(reviews: Sequence[Sequence[Finding]]) -> tuple[tuple[Finding, ...], tuple[Dropped, ...]]:
    """All findings, and those that say what another one says.

    A finding that not every review reports is a step less sure. No vote takes one away: whether it holds is
    for a run to say; the vote only has a say in the order.
    """
    groups: list[list[tuple[int, Finding]]] = []
    for number, findings in enumerate(reviews):
        for finding in findings:
            same = (one for one in groups if any(same_defect(finding, other) for _, other in one))
            group = next(same, None)
            if group is None:
                groups.append([(number, finding)])
            else:
                group.append((number, finding))
    found = tuple(_agreed(group, len(reviews)) for group in groups)
    return found, tuple(_again(one, group[0][1]) for group in groups for _, one in group[1:])


def same_defect(one: Finding, other: Finding) -> bool:
    """The same place and the same family of weaknesses."""
    if one.id == other.id:
        return True
    overlap = one.start_line <= other.end_line and other.start_line <= one.end_line
    return one.path == other.path and overlap and same_family(one.cwe, other.cwe)


def _agreed(group: list[tuple[int, Finding]], reviews: int) -> Finding:
    surest = max((finding.confidence for _, finding in group), key=lambda one: one.rank)
    everybody = len({number for number, _ in group}) == reviews
    sure = surest if everybody else list(Confidence)[max(0, surest.rank - 1)]
    return replace(group[0][1], confidence=sure)


def _again(finding: Finding, first: Finding) -> Dropped:
    reason = f"another look at the same change reports it as {first.title!r}"
    return Dropped(finding.title, finding.path, finding.start_line, finding.cwe, reason, "review")
