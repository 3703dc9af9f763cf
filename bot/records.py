"""The records that travel between the steps: frozen, typed, and free of behaviour that needs the outside.

Every record can be written to JSON and read back unchanged (`bot.jobs.blobs` does so between steps).
Paths are always relative to the repository's root, with forward slashes; line numbers start at 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

# --------------------------------------------------------------------------- what is asked


@dataclass(frozen=True, slots=True)
class Job:
    """What one delivery asks the worker to do; the same (repository, number, head) is the same job."""

    installation_id: int
    repository_id: int
    repository: str  # "owner/name" at the time of the delivery; the id is the authority
    number: int
    head_sha: str
    delivery: str  # GUID of the delivery that asked for it
    attempt: int = 1  # above 1 only when somebody asked for a re-run


# --------------------------------------------------------------------------- the change under review


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a hunk. `old` and `new` are its numbers on the two sides, None where it has none."""

    kind: Literal["context", "added", "deleted"]
    old: int | None
    new: int | None
    text: str  # without the leading sign and without the line's end


@dataclass(frozen=True, slots=True)
class Hunk:
    """One `@@` block of the unified diff, with its commentable lines."""

    path: str
    section: str  # the text after the second @@
    lines: tuple[Line, ...]

    @property
    def new_lines(self) -> frozenset[int]:
        """New-file numbers a comment may stand on (side RIGHT): added and context rows."""
        return frozenset(line.new for line in self.lines if line.new is not None)

    @property
    def added(self) -> frozenset[int]:
        """New-file numbers of the rows the change added."""
        return frozenset(line.new for line in self.lines if line.kind == "added" and line.new)


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of a change, with the hunks that may be commented."""

    path: str
    status: Literal["added", "modified", "renamed", "copied", "removed", "changed", "unchanged"]
    hunks: tuple[Hunk, ...]
    previous_path: str | None = None


@dataclass(frozen=True, slots=True)
class NotReviewed:
    """A file, or some hunks of it, that nobody reviewed, and why. Silence must never look like "clean"."""

    path: str
    reason: str
    in_scope: bool = True  # False for what no reviewer would look at: images, lockfiles, deletions


@dataclass(frozen=True, slots=True)
class Change:
    """The head of a pull request, or of a local range, against the merge base with its target."""

    base_sha: str  # the merge base
    head_sha: str
    files: tuple[ChangedFile, ...]
    not_reviewed: tuple[NotReviewed, ...] = ()
    repository: str = ""  # "owner/name"; empty for a local range
    number: int | None = None
    head_ref: str = ""
    head_repository: str | None = None  # None when the fork was deleted, or for a local range

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        return tuple(hunk for file in self.files for hunk in file.hunks)


# --------------------------------------------------------------------------- what a reviewer says


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


@dataclass(frozen=True, slots=True)
class Claim:
    """What a run can confirm or refute: call `entry` with `input`, see `bad` today and `good` once fixed."""

    entry: str
    input: str
    bad: str
    good: str


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


@dataclass(frozen=True, slots=True)
class Dropped:
    """A finding that is not published, and why."""

    title: str
    path: str
    line: int
    cwe: str
    reason: str
    stage: str  # review | reproduce | fix | prove | publish


@dataclass(frozen=True, slots=True)
class Declined:
    """A model refused a stage; `hunks` are the places it did not look at ("path:line")."""

    stage: str
    model: str
    category: str
    hunks: tuple[str, ...] = ()


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
class Review:
    """What one reviewer says of a change."""

    findings: tuple[Finding, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    not_reviewed: tuple[NotReviewed, ...] = ()
    declined: tuple[Declined, ...] = ()
    usage: Usage = Usage()


# --------------------------------------------------------------------------- test, fix, runs, proof


@dataclass(frozen=True, slots=True)
class Declaration:
    """How the test may legally be red other than by an assertion: by this exception, or by this timeout."""

    kind: Literal["exception", "timeout"]
    value: str  # the exception's class name, or seconds


@dataclass(frozen=True, slots=True)
class RegressionTest:
    """A test file to add (or a test file with the test added): its whole content at `path`."""

    path: str
    content: str
    declared: Declaration | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `old`, which must stand exactly once in the file at `path`, by `new`."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits, and in one sentence what they do."""

    edits: tuple[Edit, ...]
    strategy: str


@dataclass(frozen=True, slots=True)
class Patch:
    """A change of source as a unified diff against the head, as `git apply` takes it."""

    diff: str
    strategy: str = ""


class Phase(StrEnum):
    """Where in its life a test stood when its outcome was decided."""

    COLLECT = "collect"
    SETUP = "setup"
    CALL = "call"
    TEARDOWN = "teardown"


class TestStatus(StrEnum):
    """What became of a test."""

    __test__ = False

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"  # failed outside the call phase


@dataclass(frozen=True, slots=True)
class Frame:
    """One level of a traceback."""

    path: str  # relative to the tree where the file is in it, else absolute
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """What became of one test id in one run."""

    __test__ = False

    id: str
    status: TestStatus
    phase: Phase
    exception: str = ""  # class name of what it failed with
    message: str = ""  # capped
    frames: tuple[Frame, ...] = ()  # outermost first
    seconds: float = 0.0


class RunStatus(StrEnum):
    """How a command ended."""

    EXITED = "exited"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT_LIMIT = "output-limit"
    SANDBOX_ERROR = "sandbox-error"
    LOST = "lost"  # it exited, but its results are missing or contradict its exit code


@dataclass(frozen=True, slots=True)
class Run:
    """One executed command on one tree. Only EXITED gives a verdict; all else is inconclusive."""

    tree: Literal["head", "fixed"]
    command: tuple[str, ...]
    status: RunStatus
    exit_code: int | None
    seconds: float
    outcomes: tuple[TestOutcome, ...] = ()
    executed: tuple[tuple[str, tuple[int, ...]], ...] = ()  # (path, lines) the test reached, if traced
    written: tuple[str, ...] = ()  # paths of the tree the run changed or made
    environment: str = ""  # key of the environment it ran in
    output: str = ""  # the end of stdout and stderr, capped

    def outcome(self, test_id: str) -> TestOutcome | None:
        return next((one for one in self.outcomes if one.id == test_id), None)


class Reason(StrEnum):
    """Why a gate failed. One word each, so that programs can act on it; the sentence is in `detail`."""

    NONE = ""
    PATCH_DOES_NOT_APPLY = "patch-does-not-apply"
    PATCH_LEAVES_TREE = "patch-leaves-tree"
    PATCH_NOT_TEXT = "patch-not-text"
    PATCH_TOUCHES_PROTECTED = "patch-touches-protected"
    PATCH_EMPTY = "patch-empty"
    TEST_MISPLACED = "test-misplaced"
    TEST_OVERWRITES = "test-overwrites"
    NOTHING_COLLECTED = "nothing-collected"
    COLLECTION_ERROR = "collection-error"
    COLLECTION_DIFFERS = "collection-differs"
    NOT_RED = "not-red"
    RED_OUTSIDE_CALL = "red-outside-call"
    WRONG_EXCEPTION = "wrong-exception"
    NO_PRODUCT_FRAME = "no-product-frame"
    UNDECLARED_TIMEOUT = "undeclared-timeout"
    FINDING_NOT_REACHED = "finding-not-reached"
    NOT_GREEN = "not-green"
    REGRESSED = "regressed"
    BASELINE_UNKNOWN = "baseline-unknown"
    WROTE_TREE = "wrote-tree"
    TOO_SLOW = "too-slow"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not-run"  # an earlier gate failed, so this one was not decided
    EDIT_NOT_FOUND = "edit-not-found"
    EDIT_NOT_UNIQUE = "edit-not-unique"
    NO_ENVIRONMENT = "no-environment"
    NO_SANDBOX = "no-sandbox"
    NO_TEST = "no-test"  # the reviewer that had to write it failed


@dataclass(frozen=True, slots=True)
class Gate:
    """The answer of one gate. `detail` says in words a developer understands what was seen."""

    gate: str  # "G3"
    passed: bool
    detail: str
    reason: Reason = Reason.NONE


class Verdict(StrEnum):
    """What the runs say of a finding."""

    PROVEN = "proven"  # every gate holds
    REPRODUCED = "reproduced"  # red for the right reason, but no fix that holds
    UNPROVEN = "unproven"  # a claim that no run confirmed


@dataclass(frozen=True, slots=True)
class Proof:
    """The verdict with its evidence: every gate's answer, and the runs they were read from."""

    verdict: Verdict
    gates: tuple[Gate, ...] = ()
    runs: tuple[Run, ...] = ()

    @property
    def failed(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if not gate.passed)


# --------------------------------------------------------------------------- the end of a job


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


class Conclusion(StrEnum):
    """What a whole job says of a change."""

    CLEAN = "clean"
    FINDINGS = "findings"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


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


# --------------------------------------------------------------------------- what the middle steps hand on


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Step 3's answer: a test that was seen red on the head for the right reason, or why there is none."""

    test: RegressionTest | None
    gates: tuple[Gate, ...] = ()
    runs: tuple[Run, ...] = ()
    usage: Usage = Usage()
    declined: Declined | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FixAttempt:
    """Step 4's answer: a patch with which the test was seen green, or why there is none."""

    patch: Patch | None
    gates: tuple[Gate, ...] = ()
    runs: tuple[Run, ...] = ()
    usage: Usage = Usage()
    declined: Declined | None = None
    reason: str = ""
