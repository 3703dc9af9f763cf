"""What the steps hand on, and the end of a job."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from bot.records.change import Change, NotReviewed, Remark
from bot.records.findings import Carried, Declined, Dropped, Finding, Usage
from bot.records.policy import Policy
from bot.records.runs import Gate, Patch, Proof, RegressionTest, Run, Verdict


@dataclass(frozen=True, slots=True)
class Examined:
    """A finding with all that was made and seen for it."""

    finding: Finding
    proof: Proof
    test: RegressionTest | None = None
    patch: Patch | None = None

    @property
    def verdict(self) -> Verdict:
        return self.proof.verdict


@dataclass(frozen=True, slots=True)
class KeptTest:
    """A regression test that was red on an earlier head of the same pull request, and what it was red for."""

    finding: Finding
    test: RegressionTest
    red: tuple[tuple[str, str], ...]  # (test id, exception) of those that failed; () when it ran too long
    beside: tuple[str, ...] = ()  # ids of those beside them that passed
    scope: str = ""  # dotted name of the function that the finding is in; "" where that is not known
    code: str = ""  # that function's text


@dataclass(frozen=True, slots=True)
class KeptProof:
    """What was last confirmed of a finding, and on which head."""

    head_sha: str
    examined: Examined


class Answer(StrEnum):
    """What a kept test says of a newer head."""

    FIXED = "fixed"  # all of it passes
    REMOVED = "removed"  # it cannot run, for the code that it tests is gone
    STILL_THERE = "still-there"  # red as it was
    UNKNOWN = "unknown"  # it gave no result


@dataclass(frozen=True, slots=True)
class Rechecked:
    """A kept test that was run on a newer head, whose review does not confirm the finding."""

    kept: KeptTest
    answer: Answer
    reason: str = ""  # with UNKNOWN: why, in words
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review leaves behind for that of the next head."""

    head_sha: str
    base_sha: str  # the merge base
    rules: str  # as the review's
    settled: tuple[str, ...]  # paths in which nothing is left to look at
    noted: tuple[NotReviewed, ...] = ()  # of these, what was said to be out of scope


@dataclass(frozen=True, slots=True)
class Variant:
    """Another place of the repository with the pattern of a proven finding. No run was made for it."""

    finding: str  # the proven finding's id
    path: str
    line: int
    quote: str  # the lines as they stand in the file
    why: str  # a sentence
    found_by: str  # the rule's name, or "the call's name"


@dataclass(frozen=True, slots=True)
class Variants:
    """What a search for variants found, and why it is not whole; "" when it is."""

    found: tuple[Variant, ...] = ()
    left_out: str = ""


class Conclusion(StrEnum):
    """What a whole job says of a change."""

    CLEAN = "clean"
    FINDINGS = "findings"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


class FixDelivery(StrEnum):
    """How a proven fix reaches the people of a repository, beside the comment that shows it."""

    SUGGESTIONS = "suggestions"  # not at all: what GitHub cannot commit is a patch in the comment
    BRANCHES = "branches"  # a commit on a branch of its own for each finding
    STACKED = "stacked"  # and, on top of each other, in one pull request into the head's branch


@dataclass(frozen=True, slots=True)
class Outcome:
    """All of one job. Nothing is taken out of it: what is not shown is in `dropped` with its reason."""

    change: Change
    conclusion: Conclusion
    examined: tuple[Examined, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    not_reviewed: tuple[NotReviewed, ...] = ()
    declined: tuple[Declined, ...] = ()
    usage: Usage = field(default_factory=Usage)
    failure: str = ""  # with FAILED: what to tell the developer
    remarks: tuple[Remark, ...] = ()  # beside the findings
    rechecked: tuple[Rechecked, ...] = ()  # tests of earlier heads
    carried: Carried | None = None
    rules: str = ""  # as the review's
    variants: Variants = Variants()  # of the proven findings, elsewhere in the repository
    fix_delivery: FixDelivery = FixDelivery.BRANCHES  # as the repository's configuration asks
    policy: Policy = field(default_factory=Policy)  # likewise

    @property
    def exempted(self) -> tuple[Dropped, ...]:
        """What the repository asks not to report."""
        return tuple(one for one in self.dropped if one.is_exempted)

    @property
    def blocks(self) -> bool:
        """Whether something confirmed is so grave that the check run has to fail."""
        least = self.policy.fail_from
        confirmed = [one for one in self.examined if one.verdict is not Verdict.UNPROVEN]
        return least is not None and any(one.finding.severity.rank >= least.rank for one in confirmed)

    @property
    def left_open(self) -> bool:
        """Whether something in scope was not reviewed, was declined, or could not be tried."""
        unread = any(one.in_scope for one in self.not_reviewed)
        untried = any(one.verdict is Verdict.UNPROVEN for one in self.examined)
        untried = untried or any(one.answer is Answer.UNKNOWN for one in self.rechecked)
        return unread or untried or any(not one.covered_by for one in self.declined)


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Step 3's answer: a test that was seen red on the head for the right reason, or why there is none."""

    test: RegressionTest | None
    gates: tuple[Gate, ...] = ()
    runs: tuple[Run, ...] = ()
    usage: Usage = field(default_factory=Usage)
    declined: Declined | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FixAttempt:
    """Step 4's answer: a patch with which the test was seen green, or why there is none."""

    patch: Patch | None
    gates: tuple[Gate, ...] = ()
    runs: tuple[Run, ...] = ()
    usage: Usage = field(default_factory=Usage)
    declined: Declined | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A last look at a proven finding: `veto` says why it should not be called proven; "" when it may."""

    veto: str = ""
    usage: Usage = field(default_factory=Usage)
    declined: Declined | None = None
