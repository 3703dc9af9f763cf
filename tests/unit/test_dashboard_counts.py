"""What the dashboard counts and draws."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.jobs.archive import Entry
from bot.jobs.overview import Spent
from bot.records import Archived, ArchivedFinding, Conclusion, Severity, Verdict
from tests.fakes.workers import a_job
from webhooks.dashboard.counts import by_day, by_repository, counts
from webhooks.dashboard.plot import plot


def finding(
    name: str, verdict: Verdict = Verdict.PROVEN, severity: Severity = Severity.HIGH
) -> ArchivedFinding:
    return ArchivedFinding(name, severity, verdict, "CWE-89", "SQL injection", "a.py", 1)


def entry(ended: float, *findings: ArchivedFinding, fixed: tuple[str, ...] = (), number: int = 3) -> Entry:
    job = a_job(number=number)
    return Entry(f"w{ended}", ended, Archived(job, Conclusion.FINDINGS, findings, fixed, 1, 2))


def test_a_finding_counts_once_for_its_pull_request():
    """By its last review, in whatever order they are given; another pull request's is another."""
    first = entry(1, finding("a", Verdict.REPRODUCED, Severity.LOW), finding("b", Verdict.UNPROVEN))
    found = counts([entry(2, finding("a")), first, entry(3, finding("a"), number=4)], ())

    assert found.severities == {7: {"high": 2}}
    assert found.verdicts == {"proven": 2, "unproven": 1}
    assert (found.declined, found.not_reviewed) == (3, 6)


def test_what_is_over_and_what_was_dismissed():
    """Of the confirmed alone; what came back is not over, and others' dismissals do not count."""
    entries = [
        entry(1, finding("a"), finding("b"), finding("c", Verdict.UNPROVEN)),
        entry(2, fixed=("a", "b", "c", "of a review that is no longer kept")),
        entry(3, finding("b")),
    ]
    found = counts(entries, {(7, 3, "b"), (7, 3, "c"), (8, 3, "a"), (7, 4, "a")})

    assert found.accepted.words == "50% (1 of 2)"
    assert found.dismissed.words == "50% (1 of 2)"
    assert counts([], ()).accepted.words == "none yet"


def test_cost_adds_up():
    """By day over the repositories, and by repository over the days."""
    spent = (
        Spent("2026-01-01", 7, 1, 0, 0.5),
        Spent("2026-01-01", 8, 1, 1, 2.0),
        Spent("2026-01-02", 7, 1, 0, 1.0),
    )

    assert by_day(spent) == {"2026-01-01": 2.5, "2026-01-02": 1.0}
    assert by_repository(spent) == [(8, 2.0), (7, 1.5)]


def test_a_bar_a_day():
    """Days without a cost too; the dearest day fills the height, and nothing stands outside."""
    drawn = plot(
        {"2026-01-03": 4.0, "2026-01-01": 1.0, "2025-01-01": 9.0}, 3, datetime(2026, 1, 3, tzinfo=UTC)
    )

    assert [(one.day, one.usd) for one in drawn.bars] == [
        ("2026-01-01", 1.0), ("2026-01-02", 0.0), ("2026-01-03", 4.0)
    ]  # fmt: skip
    assert [one.height / drawn.bars[2].height for one in drawn.bars] == [0.25, 0, 1]
    assert drawn.bars[2].y == drawn.top
    assert all(drawn.left <= one.x and one.x + one.width <= drawn.width for one in drawn.bars)
    assert plot({}, 7).most == 1.0
