"""What is kept of each review for those who look after many of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.records.change import Job
from bot.records.findings import Severity, Usage
from bot.records.outcome import Conclusion
from bot.records.runs import Verdict


@dataclass(frozen=True, slots=True)
class ArchivedFinding:
    """One finding of a review, in a line."""

    id: str
    severity: Severity
    verdict: Verdict
    cwe: str
    title: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Archived:
    """One review that ended."""

    job: Job
    conclusion: Conclusion
    findings: tuple[ArchivedFinding, ...] = ()
    fixed: tuple[str, ...] = ()  # findings of earlier heads that are over: fixed, or their code is gone
    declined: int = 0  # places that a model would not look at, and nobody else did
    not_reviewed: int = 0  # files in scope that were not looked at
    usage: Usage = field(default_factory=Usage)
    report: str = ""  # `suture.review/v1`
