"""What the overview counts. A finding counts once for its pull request, by the last review of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.jobs.archive import Entry
from bot.jobs.overview import Spent
from bot.records import ArchivedFinding, Severity, Verdict

Key = tuple[int, int, str]  # repository, pull request, finding


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def words(self) -> str:
        return f"{self.part / self.whole:.0%} ({self.part} of {self.whole})" if self.whole else "none yet"


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of a period."""

    severities: Mapping[int, Mapping[str, int]]  # by repository: confirmed findings by severity
    verdicts: Mapping[str, int]
    accepted: Share
    dismissed: Share
    declined: int
    not_reviewed: int


def counts(entries: Sequence[Entry], dismissed: Collection[Key]) -> Counts:
    """Of these reviews, in any order."""
    last: dict[Key, ArchivedFinding] = {}
    over: set[Key] = set()
    for one in sorted(entries, key=lambda entry: entry.ended):
        pull = (one.review.job.repository_id, one.review.job.number)
        found = {(*pull, finding.id): finding for finding in one.review.findings}
        last |= found
        over = over - found.keys() | {(*pull, fixed) for fixed in one.review.fixed}
    confirmed = {key: one for key, one in last.items() if one.verdict is not Verdict.UNPROVEN}
    severities: dict[int, Counter[str]] = {one.review.job.repository_id: Counter() for one in entries}
    for (repository, _, _), finding in confirmed.items():
        severities[repository][finding.severity] += 1
    return Counts(
        severities,
        Counter(str(one.verdict) for one in last.values()),
        Share(len(over & confirmed.keys()), len(confirmed)),
        Share(len(confirmed.keys() & set(dismissed)), len(confirmed)),
        sum(one.review.declined for one in entries),
        sum(one.review.not_reviewed for one in entries),
    )


SEVERITIES = tuple(str(one) for one in sorted(Severity, key=lambda one: -one.rank))
VERDICTS = tuple(str(one) for one in Verdict)


def by_day(spent: Sequence[Spent]) -> Mapping[str, float]:
    """Dollars by day, of all repositories together."""
    sums: dict[str, float] = {}
    for one in spent:
        sums[one.day] = sums.get(one.day, 0.0) + one.usd
    return sums


def by_repository(spent: Sequence[Spent]) -> Sequence[tuple[int, float]]:
    """Dollars by repository, the dearest first."""
    sums: dict[int, float] = {}
    for one in spent:
        sums[one.repository_id] = sums.get(one.repository_id, 0.0) + one.usd
    return sorted(sums.items(), key=lambda one: (-one[1], one[0]))
