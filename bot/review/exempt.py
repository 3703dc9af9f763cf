"""Findings that the configuration asks not to report: taken out before anything is run or asked for them."""

from __future__ import annotations

from dataclasses import replace

from bot.config import Config, Placed
from bot.config.files import DoNotReport
from bot.config.globs import matches
from bot.config.ignore import why_ignored
from bot.records import Dropped, Finding, Review


def exempt(review: Review, config: Config) -> Review:
    """The review without them; each is in `dropped` with the reason and where it is written."""
    asked = [(finding, _why(finding, config)) for finding in review.findings]
    return replace(
        review,
        findings=tuple(finding for finding, why in asked if not why),
        dropped=review.dropped + tuple(_dropped(finding, why) for finding, why in asked if why),
    )


def _why(finding: Finding, config: Config) -> str:
    """Why it is not reported; empty for a finding that is."""
    if placed := _first(finding, config.do_not_report):
        where = f"{placed.path} line {placed.line}"
        return f"{placed.who} asks not to report this ({where}): {placed.entry.reason}"
    return why_ignored(finding.path, config)


def _first(finding: Finding, entries: tuple[Placed[DoNotReport], ...]) -> Placed[DoNotReport] | None:
    return next((placed for placed in entries if _meets(finding, placed.entry)), None)


def _meets(finding: Finding, entry: DoNotReport) -> bool:
    """Whether the finding meets every condition that the entry gives."""
    if entry.cwe and entry.cwe != finding.cwe:
        return False
    if entry.rule and entry.rule != finding.rule:
        return False
    return not entry.paths or any(matches(pattern, finding.path) for pattern in entry.paths)


def _dropped(finding: Finding, reason: str) -> Dropped:
    return Dropped(finding.title, finding.path, finding.start_line, finding.cwe, reason, "config")
