"""A new language is one new file here that offers a `Language`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from bot.environments import Environment
from bot.records import Finding, Run
from bot.review.reviewers import Placement
from bot.sandbox import Command, Execution, Limits


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
    python_path: tuple[str, ...] = ()  # folders of the tree to import from, beside what is discovered


class Language(Protocol):
    name: str

    def detects(self, tree: Path) -> bool:
        """Is this tree, at least in part, written in this language?"""
        ...

    def test_roots(self, tree: Path) -> tuple[str, ...]:
        """Folders that hold the project's tests; () when it has none."""
        ...

    def is_test_file(self, path: str, tree: Path) -> bool:
        """Would the project's own runner collect a test from a file at this path?"""
        ...

    def is_protected(self, path: str) -> bool:
        """Must a fix keep its hands off this path (tests, conftest, CI, hooks, packaging, tool configuration)?"""
        ...

    def placement(self, finding: Finding, tree: Path) -> Placement: ...

    def affected_tests(self, paths: tuple[str, ...], tree: Path) -> tuple[str, ...]:
        """Test files that import, directly or not, one of the source files at `paths`."""
        ...

    def command(self, request: TestRequest) -> Command:
        """The sandbox command that runs the request and leaves its outcomes in the result."""
        ...

    def read(self, request: TestRequest, command: Command, execution: Execution) -> Run:
        """The run, with one outcome a test id; LOST when the results are missing or contradict the exit code."""
        ...
