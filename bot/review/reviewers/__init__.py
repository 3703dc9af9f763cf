"""A new reviewer is one new file here that offers a `Reviewer`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar, runtime_checkable

from bot.budget import Purse
from bot.config import NO_CONFIG, Config
from bot.config.files import ModelsPart
from bot.records import (
    Change,
    Declined,
    Finding,
    Fix,
    Gate,
    Judgement,
    Patch,
    RegressionTest,
    Review,
    Usage,
    Variant,
    Variants,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hint:
    """Rows of a file that another reviewer has marked, and what for."""

    path: str
    start: int
    end: int
    cwe: str
    what: str


@dataclass(frozen=True, slots=True)
class Material:
    """What a reviewer may look at: the change, and the head's tree (read only, hostile).

    `base` is the base branch's tree, None when it cannot be had; `config` is what the repository asks there;
    `hints` are what other reviewers have marked.
    """

    change: Change
    tree: Path
    base: Path | None = None
    hints: tuple[Hint, ...] = ()
    config: Config = NO_CONFIG


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the project would put the regression test, and how a test imports the file under test."""

    path: str  # of the new test file
    module: str  # dotted name of the finding's file, "" when it cannot be imported
    framework: str = "pytest"


@dataclass(frozen=True, slots=True)
class Feedback:
    """An earlier attempt and what was seen of it."""

    attempt: RegressionTest | Fix
    failed: tuple[Gate, ...]
    output: str  # the end of the run's output


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A value, or why there is none: `declined` for a refusal, else `reason`."""

    value: T | None
    usage: Usage = Usage()
    declined: Declined | None = None
    reason: str = ""


class Reviewer(Protocol):
    """Finds defects, writes the regression test, writes the fix. Says nothing about proof: runs decide that.

    Every method raises ReviewerError for a fault (never an empty answer for one).
    """

    @property
    def name(self) -> str: ...

    def review(self, material: Material) -> Review:
        """Findings on the change's hunks, anchored; and everything that was not looked at, with reasons."""
        ...

    def write_test(
        self, finding: Finding, material: Material, placement: Placement, feedback: tuple[Feedback, ...]
    ) -> Answer[RegressionTest]:
        """A test that fails on the head because of the finding and will pass once it is fixed."""
        ...

    def write_fix(
        self, finding: Finding, test: RegressionTest, material: Material, feedback: tuple[Feedback, ...]
    ) -> Answer[Fix]:
        """The smallest source edit that removes the finding; touches no tests, configuration or packaging."""
        ...


@runtime_checkable
class Judge(Protocol):
    """What a reviewer may offer beside: a last look at what the runs have confirmed. It can only veto."""

    def judge(self, finding: Finding, test: RegressionTest, patch: Patch, material: Material) -> Judgement:
        """A veto, or none. Raises ReviewerError for a fault."""
        ...


@runtime_checkable
class VariantSceptic(Protocol):
    """What a reviewer may offer beside: a look at places with a proven finding's pattern. It only removes."""

    @property
    def looks_at_variants(self) -> bool: ...

    def unguarded(self, finding: Finding, places: tuple[Variant, ...], material: Material) -> Variants:
        """The places that no code guards; all of them when that cannot be told."""
        ...


@runtime_checkable
class Paying(Protocol):
    """A reviewer whose work costs money."""

    def paying_from(self, purse: Purse) -> Reviewer:
        """The same reviewer, whose calls are paid from this purse."""
        ...


@runtime_checkable
class Choosing(Protocol):
    """A reviewer whose models can be chosen."""

    def speaking_as(self, models: ModelsPart) -> Reviewer:
        """The same reviewer with these models, where one is named, and this effort."""
        ...


@runtime_checkable
class SecondOpinion(Protocol):
    """What a reviewer may offer beside: tests of a finding by someone who has not seen the fix (gate G13)."""

    def write_hidden_test(
        self, finding: Finding, material: Material, placement: Placement
    ) -> Answer[RegressionTest]:
        """A test file with other inputs of the same kind, and ordinary ones; any correct fix passes it."""
        ...
