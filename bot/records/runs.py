"""Tests, fixes, the runs they were seen in, and the proof."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from bot.records.findings import Declined, Usage


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
    conditions: str = ""  # in words, what was unlike a plain run: hash seed, order, date, a reverted hunk
    python_path: tuple[str, ...] = ()  # folders of the tree that it imported from, the first one first
    looks: tuple[str, ...] = ()  # what the new test itself read or looked into: "shop/pages.py (line 9)"

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
    TEST_UNREADABLE = "test-unreadable"
    USES_NETWORK = "uses-network"
    STARTS_PROCESS = "starts-process"
    USES_ENVIRONMENT = "uses-environment"
    ENDS_PROCESS = "ends-process"
    SKIPS = "skips"
    CONSTANT_ASSERTION = "constant-assertion"
    CATCHES_ALL = "catches-all"
    PATCHES_UNIT = "patches-unit"
    READS_SOURCE = "reads-source"
    SLEEPS = "sleeps"
    TAMPERS = "tampers"  # with the interpreter, the runner or its results
    ASSERTS_NOTHING = "asserts-nothing"  # about the product
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
    NO_SIBLING = "no-sibling"
    SIBLING_ELSEWHERE = "sibling-elsewhere"  # it does not exercise what the red test does
    HUNK_NOT_NEEDED = "hunk-not-needed"
    FLAKY = "flaky"
    KNOWS_RUNNER = "knows-runner"  # behaves differently under the test runner
    BYPASSED = "bypassed"  # a test that never saw the fix breaks it
    NOT_AT_HOME = "not-at-home"
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
    NO_RUNNER = "no-runner"  # for the language of the finding's file
    NO_TEST = "no-test"  # the reviewer that had to write it failed
    BUDGET_SPENT = "budget-spent"
    VETOED = "vetoed"  # by a judge who looked at what the runs had confirmed


@dataclass(frozen=True, slots=True)
class Gate:
    """The answer of one gate. `detail` says in words a developer understands what was seen."""

    gate: str  # "G3"
    passed: bool
    detail: str
    reason: Reason = Reason.NONE
    skipped: bool = False  # passed, but only because there was nothing to ask with; `detail` says why


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
    usage: Usage = field(default_factory=Usage)  # of who wrote for the proof; its runs are not in it
    declined: Declined | None = None

    @property
    def failed(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if not gate.passed)
