"""The reviewers of one house, asked one after the other; nothing of what they say is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from bot.budget import Purse
from bot.config.files import ModelsPart
from bot.errors import ReviewerError
from bot.records import Dropped, Finding, NotReviewed, Review
from bot.review.exempt import exempt
from bot.review.reviewers import Choosing, Hint, Material, Paying, Reviewer


@dataclass(frozen=True, slots=True)
class Panel:
    """One or more reviewers, the one whose word goes first at the front."""

    reviewers: tuple[Reviewer, ...]

    def paying_from(self, purse: Purse) -> Panel:
        """The same panel, whose calls to models are paid from this purse."""
        return Panel(
            tuple(one.paying_from(purse) if isinstance(one, Paying) else one for one in self.reviewers)
        )

    def speaking_as(self, models: ModelsPart) -> Panel:
        """The same panel, whose models are these, where they are named."""
        return Panel(
            tuple(one.speaking_as(models) if isinstance(one, Choosing) else one for one in self.reviewers)
        )

    def review(self, material: Material) -> Review:
        """All findings but the exempted, each once, the gravest and surest first.

        The reviewers are asked from the last to the first: what one found is a hint for those after.
        A file counts as reviewed when the first reviewer looked at it, for the others know less. A reviewer
        that failed leaves every file of the change as not reviewed by it, so that its silence cannot be taken
        for "clean". What two report is one finding; the other's is its twin, for when it cannot be confirmed.
        Raises ReviewerError when no reviewer could do its work.
        """
        reviews: list[Review] = []
        faults: list[str] = []
        for reviewer in reversed(self.reviewers):
            try:
                found = reviewer.review(replace(material, hints=_hints(reviews)))
                reviews.insert(0, exempt(found, material.config))
            except ReviewerError as error:
                faults.append(f"the reviewer {reviewer.name} failed: {error}")
        if not reviews:
            raise ReviewerError("; ".join(faults) or "No reviewer is set up: set SUTURE_REVIEWER.")
        merged = _merge(reviews)
        by_fault = tuple(
            NotReviewed(file.path, fault) for fault in faults for file in material.change.files if file.hunks
        )
        findings = tuple(_traced(one, material.tree) for one in merged.findings)
        return replace(merged, findings=findings, not_reviewed=merged.not_reviewed + by_fault)

    def author(self, finding: Finding) -> Reviewer:
        """Who writes the test and the fix: the reviewer who made the finding.

        For one of a repository's own rule, which says what is wrong and not how to test it, the first; so too
        for one of a reviewer who has left since an earlier head.
        """
        if finding.is_by_repository:
            return self.reviewers[0]
        return next((one for one in self.reviewers if one.name == finding.reviewer), self.reviewers[0])


def _hints(reviews: list[Review]) -> tuple[Hint, ...]:
    found = (one for review in reviews for one in review.findings)
    return tuple(Hint(one.path, one.start_line, one.end_line, one.cwe, one.title) for one in found)


def _traced(finding: Finding, tree: Path) -> Finding:
    """A finding on Python lines with the way of its input; the rules give theirs."""
    if (
        finding.flow
        or finding.reviewer == "rules"
        or PurePosixPath(finding.path).suffix not in {".py", ".pyw"}
    ):
        return finding
    from bot.review.traced import traced  # noqa: PLC0415 - libcst takes long to load

    return traced(finding, tree)


def _worth(finding: Finding) -> int:
    """What its runs are worth, most first: how grave it is times how sure."""
    return -(finding.severity.rank + 1) * (finding.confidence.rank + 1)


def _merge(reviews: list[Review]) -> Review:
    findings: list[Finding] = []
    twins: list[tuple[str, Finding]] = []
    again: list[Dropped] = []
    for finding in (one for review in reviews for one in review.findings):
        twin = next((one for one in findings if _same(one, finding)), None)
        if twin is None:
            findings.append(finding)
        else:
            twins.append((twin.id, finding))
            reason = f"also reported by {twin.reviewer} as {twin.title!r}; tried if that is not confirmed"
            line, title = finding.start_line, finding.title
            again.append(Dropped(title, finding.path, line, finding.cwe, reason, "review"))
    return Review(
        findings=_numbered(sorted(findings, key=_worth)),
        dropped=tuple(one for review in reviews for one in review.dropped) + tuple(again),
        not_reviewed=reviews[0].not_reviewed,
        declined=tuple(one for review in reviews for one in review.declined),
        usage=sum((review.usage for review in reviews[1:]), reviews[0].usage),
        twins=tuple(twins),
    )


def _numbered(findings: list[Finding]) -> tuple[Finding, ...]:
    """With an ordinal, so that no two of them want the same file for their tests."""
    seen: Counter[tuple[str, str]] = Counter()
    numbered = []
    for finding in findings:
        kind = (PurePosixPath(finding.path).stem, finding.rule or finding.cwe)
        numbered.append(replace(finding, ordinal=seen[kind]))
        seen[kind] += 1
    return tuple(numbered)


def _same(one: Finding, other: Finding) -> bool:
    if one.id == other.id:
        return True
    overlap = one.start_line <= other.end_line and other.start_line <= one.end_line
    return one.path == other.path and one.cwe == other.cwe and overlap
