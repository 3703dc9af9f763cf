"""What a reviewer says of a change, and what it spent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.records.change import NotReviewed

REPOSITORY = "repository/"  # begins the names of a repository's own rules


class Severity(StrEnum):
    """How bad it is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class Confidence(StrEnum):
    """How sure its reviewer is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        return list(Confidence).index(self)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a run can confirm or refute: call `entry` with `input`, see `bad` today and `good` once fixed."""

    entry: str
    input: str
    bad: str
    good: str


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One place on the way that untrusted input takes, from where it gets in to where it does harm."""

    path: str
    line: int  # of the new file
    code: str  # what stands there, on one line


@dataclass(frozen=True, slots=True)
class Finding:
    """One security problem at one place: lines `start_line`..`end_line` of the new file, all in one hunk."""

    id: str  # stable fingerprint, see bot.publish.fingerprint
    path: str
    start_line: int
    end_line: int
    cwe: str  # "CWE-89"
    severity: Severity
    confidence: Confidence
    title: str
    explanation: str  # what goes wrong
    impact: str  # why the fix matters
    claim: Claim
    quote: str  # the lines as they stand in the file
    reviewer: str  # "rules" or "claude"
    rule: str = ""  # the reviewer's own name for the weakness, e.g. "python/sql-injection"
    ordinal: int = 0  # among the review's findings of this weakness in files of this name
    doubt: str = ""  # what speaks against it, when somebody found code that may guard it
    flow: tuple[FlowStep, ...] = ()  # from source to sink, where a program has traced it; else empty

    @property
    def is_by_repository(self) -> bool:
        """Whether a rule of the repository's own found it: that says what to look for, not how to test it."""
        return self.rule.startswith(REPOSITORY)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A finding that is not published, and why."""

    title: str
    path: str
    line: int
    cwe: str
    reason: str
    stage: str  # config | dismissal | review | reproduce | fix | prove | publish

    @property
    def is_exempted(self) -> bool:
        """Whether the repository, or somebody who may write to it, asks not to report it."""
        return self.stage in {"config", "dismissal"}


@dataclass(frozen=True, slots=True)
class Declined:
    """A model refused a stage; `hunks` are the places it did not look at ("path:line").

    `covered_by` says how they were looked at all the same; "" when nobody did.
    """

    stage: str
    model: str
    category: str
    hunks: tuple[str, ...] = ()
    covered_by: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What was spent. `usd` is None when a model's price is not known."""

    model_calls: int = 0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = 0.0
    sandbox_seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Usage(
            self.model_calls + other.model_calls,
            self.input_tokens + other.input_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.output_tokens + other.output_tokens,
            usd,
            self.sandbox_seconds + other.sandbox_seconds,
        )


@dataclass(frozen=True, slots=True)
class Carried:
    """Files of a change that were not looked at again, since they are as they were on an earlier head."""

    head_sha: str  # where the last review settled them
    paths: tuple[str, ...]
    noted: tuple[NotReviewed, ...] = ()  # out of scope by that review


@dataclass(frozen=True, slots=True)
class Review:
    """What one reviewer says of a change."""

    findings: tuple[Finding, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    not_reviewed: tuple[NotReviewed, ...] = ()
    declined: tuple[Declined, ...] = ()
    usage: Usage = Usage()
    twins: tuple[tuple[str, Finding], ...] = ()  # a finding's id, and what another reviewer said of the same
    carried: Carried | None = None
    rules: str = ""  # stands for who reviewed, and by what rules
