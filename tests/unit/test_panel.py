"""Reviewers side by side: every finding once, and no silence that could be taken for clean."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.errors import ReviewerError
from bot.records import Finding, Fix, NotReviewed, RegressionTest, Review, Usage
from bot.review.panel import Panel
from bot.review.reviewers import Answer, Feedback, Material, Placement
from tests.fakes.records import a_change, a_finding

MATERIAL = Material(a_change(), Path("/nowhere"))


@dataclass(frozen=True)
class Says:
    """A reviewer with one answer."""

    name: str
    answer: Review | ReviewerError = field(default_factory=Review)

    def review(self, material: Material) -> Review:
        if isinstance(self.answer, ReviewerError):
            raise self.answer
        return self.answer

    def write_test(
        self, finding: Finding, material: Material, placement: Placement, feedback: tuple[Feedback, ...]
    ) -> Answer[RegressionTest]:
        return Answer(None)

    def write_fix(
        self, finding: Finding, test: RegressionTest, material: Material, feedback: tuple[Feedback, ...]
    ) -> Answer[Fix]:
        return Answer(None)


def test_the_same_defect_is_said_once():
    """Two reviewers at the same lines with the same CWE make one finding; the other is named as dropped."""
    first, second = a_finding(reviewer="claude"), a_finding(id="f" * 16, reviewer="rules")
    panel = Panel((Says("claude", Review((first,))), Says("rules", Review((second,)))))

    review = panel.review(MATERIAL)

    assert review.findings == (first,)
    assert "also reported by claude" in review.dropped[0].reason
    assert review.twins == ((first.id, second),)


def test_other_defects_stand_side_by_side():
    """Another CWE, or another place, is another finding."""
    first, second = a_finding(), a_finding(id="f" * 16, cwe="CWE-22", rule="python/path-traversal")

    review = Panel((Says("a", Review((first,))), Says("b", Review((second,))))).review(MATERIAL)

    assert review.findings == (first, second)


def test_findings_of_one_kind_are_numbered():
    """So that the tests of two of them in one file go into files of their own."""
    first, other = a_finding(), a_finding(id="e" * 16, rule="python/path-traversal", start_line=9, end_line=9)
    second = a_finding(id="f" * 16, start_line=3, end_line=3)

    review = Panel((Says("a", Review((first, other, second))),)).review(MATERIAL)

    assert [(one.id, one.ordinal) for one in review.findings] == [
        (first.id, 0),
        (other.id, 0),
        (second.id, 1),
    ]


def test_a_file_is_left_out_when_the_first_left_it_out():
    """What the others, who know less, cannot read, the first may; what it could not judge stays open."""
    left = Review(not_reviewed=(NotReviewed("a.js", "no rules for it"),))

    assert Panel((Says("claude"), Says("rules", left))).review(MATERIAL).not_reviewed == ()
    assert Panel((Says("rules", left),)).review(MATERIAL).not_reviewed == left.not_reviewed
    assert Panel((Says("claude", left), Says("rules"))).review(MATERIAL).not_reviewed == left.not_reviewed


def test_one_failing_reviewer_leaves_a_mark_on_every_file():
    """The other's findings stand, and the review cannot be clean."""
    panel = Panel((Says("claude", ReviewerError("overloaded")), Says("rules", Review((a_finding(),)))))

    review = panel.review(MATERIAL)

    assert len(review.findings) == 1
    assert [one.path for one in review.not_reviewed] == ["shop/customers.py"]
    assert "overloaded" in review.not_reviewed[0].reason


def test_all_failing_is_a_failure():
    """When nobody could review, that is an error and not an empty review."""
    with pytest.raises(ReviewerError, match="overloaded"):
        Panel((Says("claude", ReviewerError("overloaded")),)).review(MATERIAL)


def test_what_was_spent_is_summed():
    """The usage of all reviewers is added up."""
    panel = Panel((Says("a", Review(usage=Usage(1, 10))), Says("b", Review(usage=Usage(2, 20)))))

    assert panel.review(MATERIAL).usage == Usage(3, 30)


def test_the_author_writes_on():
    """Test and fix come from the reviewer that made the finding."""
    rules = Says("rules")

    assert Panel((Says("claude"), rules)).author(a_finding(reviewer="rules")) is rules
