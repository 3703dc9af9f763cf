"""Findings that people dismissed on this pull request: taken out before anything is run for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.records import Dismissal, Dropped, Finding, Review, Severity

# A pull request's author alone does not decide that these are nothing
NEEDS_ANOTHER = frozenset({Severity.HIGH, Severity.CRITICAL})


def without_dismissed(review: Review, dismissals: Iterable[Dismissal]) -> Review:
    """The review without them; each is in `dropped` with who dismissed it and why."""
    told = tuple(dismissals)
    asked = [(finding, _first(finding, told)) for finding in review.findings]
    return replace(
        review,
        findings=tuple(finding for finding, one in asked if one is None),
        dropped=review.dropped + tuple(_dropped(finding, one) for finding, one in asked if one),
    )


def is_dismissed(finding: Finding, dismissals: Iterable[Dismissal]) -> bool:
    """Whether one of them has an effect: that of the author alone may have none."""
    return _first(finding, tuple(dismissals)) is not None


def _first(finding: Finding, dismissals: tuple[Dismissal, ...]) -> Dismissal | None:
    for one in dismissals:
        alone = one.by_author and finding.severity in NEEDS_ANOTHER
        if one.fingerprint == finding.id and not alone:
            return one
    return None


def _dropped(finding: Finding, one: Dismissal) -> Dropped:
    reason = f"dismissed by @{one.login}: {one.reason}"
    return Dropped(finding.title, finding.path, finding.start_line, finding.cwe, reason, "dismissal")
