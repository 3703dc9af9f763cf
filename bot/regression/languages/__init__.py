"""A new language is one new file here that offers a `Language`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from bot.environments import Environment
from bot.gates.at_home import Style
from bot.gates.static import Objection, Unit
from bot.records import Finding, RegressionTest, Run
from bot.review.reviewers import Placement
from bot.sandbox import Command, Execution, Limits


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is unlike a plain run: what a test must not depend on (gates G9 and G12)."""

    hash_seed: int = 0
    order: str = ""  # of the tests: "" as they stand, "reversed", or a number to shuffle by
    clock: float = 0.0  # seconds that the date is ahead
    zone: str = ""  # time zone as POSIX writes it
    # How much of the runner the code under test can see: "" all of it. See bot.gates.independent
    disguise: Literal["", "all", "all but frames", "nothing"] = ""

    def __str__(self) -> str:
        """In words, so that a person can do the same."""
        said = [f"PYTHONHASHSEED={self.hash_seed}"] if self.hash_seed else []
        said += [f"order {self.order}"] if self.order else []
        said += [f"date {self.clock / 86400:+.1f} days"] if self.clock else []
        said += [f"TZ={self.zone}"] if self.zone else []
        hidden = {
            "all": "runner hidden",
            "all but frames": "runner hidden, but for its frames",
            "nothing": "in a thread",
        }
        return ", ".join([*said, hidden[self.disguise]] if self.disguise else said)


PLAIN = Conditions()


@dataclass(frozen=True, slots=True)
class TestRequest:
    """One run of some of a tree's tests."""

    __test__ = False

    name: Literal["head", "fixed"]
    tree: Path  # already holds the test, and the patch where it should
    environment: Environment
    selection: tuple[str, ...] = ()  # test files or test ids; () for the whole suite
    limits: Limits = Limits()
    test_timeout: float | None = None  # seconds one test's call may take before it fails with a timeout
    trace: tuple[str, ...] = ()  # files of the tree whose executed lines are wanted
    new_test: str = ""  # the file that must not look at how the tree's code is written
    python_path: tuple[str, ...] = ()  # folders of the tree to import from, beside what is discovered
    conditions: Conditions = PLAIN


class Language(Protocol):
    """What has to be known of a language to run tests written in it. Holds nothing of one tree."""

    name: str
    suffixes: tuple[str, ...]  # endings of files whose code its tests can run

    def detects(self, tree: Path) -> bool:
        """Is this tree, at least in part, written in this language?"""
        ...

    def test_roots(self, tree: Path) -> tuple[str, ...]:
        """Folders that hold the project's tests; () when it has none."""
        ...

    def is_test_file(self, path: str, tree: Path) -> bool:
        """Would the project's own runner collect a test from a file at this path?"""
        ...

    def test_name(self, name: str, tree: Path) -> str:
        """The file name, changed if need be so that the project's own runner collects tests from it."""
        ...

    def is_protected(self, path: str) -> bool:
        """Must a fix keep its hands off this path (tests, CI, hooks, packaging, tool configuration)?"""
        ...

    def placement(self, finding: Finding, tree: Path) -> Placement: ...

    def affected_tests(self, paths: tuple[str, ...], tree: Path) -> tuple[str, ...]:
        """Test files that import, directly or not, one of the source files at `paths`."""
        ...

    def objections(
        self, test: RegressionTest, tree: Path, unit: Unit, python_path: tuple[str, ...] = ()
    ) -> tuple[Objection, ...]:
        """What gate G0 objects to in the lines that the test adds to the tree's file."""
        ...

    def form_of(self, test: RegressionTest, tree: Path) -> Style:
        """The form of the lines that the test adds, for gate G14."""
        ...

    def same_meaning(self, path: str, before: str, after: str) -> bool:
        """Do two versions of a source file differ in comments, blanks and the like only?"""
        ...

    def adds_unused(self, path: str, before: str, after: str, tree: Path) -> bool:
        """Does `after`, as it stands in the tree, only bring names that nothing mentions?"""
        ...

    def surroundings(self, before: str, after: str) -> tuple[Objection, ...]:
        """What a source file newly has to do with the process it runs in, or with a test runner (G12)."""
        ...

    def respaced(self, path: str, source: str) -> str:
        """The same code with other line numbers and another size (G12)."""
        ...

    def command(self, request: TestRequest) -> Command:
        """The sandbox command that runs the request and leaves its outcomes in the result."""
        ...

    def read(self, request: TestRequest, command: Command, execution: Execution) -> Run:
        """The run, one outcome a test id; LOST when results are missing or contradict the exit code."""
        ...
