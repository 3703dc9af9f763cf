"""Findings that the repository asks not to report: taken out before anything is run or asked for them."""

from __future__ import annotations

from dataclasses import replace

from bot.config import Config, Placed
from bot.config.files import DoNotReport
from bot.config.globs import matches
from bot.records import Dropped, Finding, Review


def exempt(review: Review, config: Config) -> Review:
    """The review without them; each is in `dropped` with the repository's reason and where it is written."""
    asked = [(finding, _first(finding, config.do_not_report)) for finding in review.findings]
    return replace(
        review,
        findings=tuple(finding for finding, placed in asked if placed is None),
        dropped=review.dropped + tuple(_dropped(finding, placed) for finding, placed in asked if placed),
    )


def _first(finding: Finding, entries: tuple[Placed[DoNotReport], ...]) -> Placed[DoNotReport] | None:
    return next((placed for placed in entries if _meets(finding, placed.entry)), None)


def _meets(finding: Finding, entry: DoNotReport) -> bool:
    """Whether the finding meets every condition that the entry gives."""
    if entry.cwe and entry.cwe != finding.cwe:
        return False
    if entry.rule and entry.rule != finding.rule:
        return False
    return not entry.paths or any(matches(pattern, finding.path) for pattern in entry.paths)


def _dropped(finding: Finding, placed: Placed[DoNotReport]) -> Dropped:
    where = f"{placed.path} line {placed.line}"
    reason = f"the repository asks not to report this ({where}): {placed.entry.reason}"
    return Dropped(finding.title, finding.path, finding.start_line, finding.cwe, reason, "config")
