"""What people dismissed: left out of the next reviews, listed, kept over restarts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conclude import conclude
from bot.jobs.chores import tidy
from bot.jobs.dismissals import Dismissals
from bot.jobs.engine import database, migrate
from bot.publish import report
from bot.records import Conclusion, Dismissal, Dropped, Review, Severity
from bot.review.dismissed import without_dismissed
from bot.settings import Settings
from tests.fakes.records import a_change, a_finding

BY_ERIN = Dismissal(a_finding().id, "erin", "an <b>internal</b> tool", by_author=False)
BY_DANA = replace(BY_ERIN, login="dana", by_author=True)
EARLIER = Dropped("x", "y", 1, "CWE-1", "z", "review")


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("told", [(), (BY_DANA,), (BY_ERIN,), (BY_DANA, BY_ERIN)])
def test_who_can_dismiss_what(severity: Severity, told: tuple[Dismissal, ...]):
    """The author alone cannot take out what is severe; with somebody else, everything goes."""
    finding = replace(a_finding(), severity=severity)
    severe = severity in {Severity.HIGH, Severity.CRITICAL}
    goes = BY_ERIN in told or (bool(told) and not severe)

    done = without_dismissed(Review((finding,), (EARLIER,)), told)

    assert done.findings == (() if goes else (finding,))
    assert len(done.dropped) == 1 + goes


def test_only_the_finding_that_is_meant():
    """Another one at the same place stays."""
    other = replace(a_finding(), id="f" * 16)

    assert without_dismissed(Review((other,)), (BY_ERIN,)).findings == (other,)


def test_what_was_dismissed_is_listed():
    """With who and why, in words that do nothing."""
    outcome = conclude(a_change(), without_dismissed(Review((a_finding(),)), (BY_ERIN,)), ())

    said = report.summary(outcome)

    assert outcome.conclusion is Conclusion.CLEAN
    assert [one.stage for one in outcome.exempted] == ["dismissal"]
    assert "dismissed by @&#8203;erin: an &lt;b>internal&lt;/b> tool" in said


def test_they_are_kept(job_settings: Settings):
    """For their pull request only; said again, the later reason holds."""
    migrate(job_settings)
    with database(job_settings) as engine:
        kept = Dismissals(engine, 7, 3)
        kept.add(BY_ERIN)
        kept.add(BY_DANA)
        kept.add(replace(BY_ERIN, reason="a better one"))
        tidy(engine, keep_days=-1)

        assert kept.all() == (BY_DANA, replace(BY_ERIN, reason="a better one"))
        assert Dismissals(engine, 7, 4).all() == Dismissals(engine, 8, 3).all() == ()
