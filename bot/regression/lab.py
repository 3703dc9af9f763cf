"""The lab, where tests are run; a bench is the lab set up for one head: language, environment, baseline."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Literal, TypeVar

from bot.config.files import TestsPart
from bot.environments import Environment
from bot.environments.asked import as_asked
from bot.errors import RunnerMissing, Superseded
from bot.records import Run
from bot.regression.languages import PLAIN, Conditions, Language, TestRequest
from bot.regression.steady import function_of, with_steady_ids
from bot.review.languages import language_of
from bot.sandbox import MIB, Limits, Sandbox

T = TypeVar("T")
Side = Literal["head", "fixed"]
ONE_TEST = 10.0  # seconds after which a test without a declared timeout is ended
LONGEST_TEST = 60.0  # the most that may be declared
WIDEST = 8  # runs side by side: each has a copy of the tree and the memory of its tests
SLOTS = min(os.cpu_count() or 1, WIDEST)
QUICK = Limits(wall=75, cpu=75)  # for the file of the new test: 60 s, and the start of the runner


class Baseline:
    """What the head's own tests do, run once a selection and shared by all findings of the head."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[tuple[Path, tuple[str, ...]], Run] = {}

    def run(self, tree: Path, selection: tuple[str, ...], act: Callable[[], Run]) -> Run:
        """The kept run, or that of `act`, which is then kept."""
        with self._lock:
            key = (tree, selection)
            if key not in self._runs:
                self._runs[key] = act()
            return self._runs[key]


@dataclass(frozen=True, slots=True)
class Bench:
    """Runs tests of one head and of its changed copies, only in the sandbox. Safe to use from threads."""

    language: Language
    environment: Environment
    sandbox: Sandbox
    cancelled: Callable[[], bool]
    test_budget: float  # seconds
    python_path: tuple[str, ...] = ()
    baseline: Baseline = field(default_factory=Baseline)
    unsteady: frozenset[str] = frozenset()  # test functions whose ids change from run to run
    slots: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(SLOTS))

    def run(
        self,
        name: Side,
        tree: Path,
        selection: tuple[str, ...] = (),
        *,
        limits: Limits = QUICK,
        test_timeout: float | None = None,
        trace: tuple[str, ...] = (),
        new_test: str = "",
        conditions: Conditions = PLAIN,
    ) -> Run:
        """Run the selected tests of the tree, or all. Raises Superseded when the job was cancelled."""
        request = TestRequest(
            name,
            tree,
            self.environment,
            selection=tuple(
                dict.fromkeys(
                    function_of(one) if function_of(one) in self.unsteady else one for one in selection
                )
            ),
            limits=limits,
            test_timeout=test_timeout,
            trace=trace,
            new_test=new_test,
            python_path=self.python_path,
            conditions=conditions,
        )
        command = self.language.command(request)
        with self.slots:  # of findings that are examined side by side, too
            execution = self.sandbox.run(command, self.cancelled)
        if self.cancelled():
            raise Superseded("The job was cancelled while tests ran.")
        run = with_steady_ids(self.language.read(request, command, execution), self.unsteady)
        return replace(run, conditions="lines traced") if trace else run

    def run_existing(
        self, name: Side, tree: Path, selection: tuple[str, ...] = (), at_least: float = 0.0
    ) -> Run:
        """Run the repository's own tests, or some of them, within the budget, or `at_least` (seconds)."""
        return self.run(name, tree, selection, limits=self._limits(max(at_least, self.test_budget)))

    def before(self, head: Path, selection: tuple[str, ...] = ()) -> Run:
        """The head's own tests; each selection is run once only."""
        return self.baseline.run(head, selection, lambda: self.run_existing("head", head, selection))

    @property
    def suite_limits(self) -> Limits:
        """For runs of the repository's own tests."""
        return self._limits(self.test_budget)

    def _limits(self, seconds: float) -> Limits:
        return Limits(
            wall=seconds,
            cpu=max(1, round(seconds)),
            memory=2048 * MIB,
            processes=256,
            result=32 * MIB,
        )


def side_by_side(calls: Sequence[Callable[[], T]]) -> tuple[T, ...]:
    """Carry the calls out over the cores; their values, in order. Raises what the first failed with."""
    if len(calls) < 2:
        return tuple(call() for call in calls)
    with ThreadPoolExecutor(min(len(calls), SLOTS)) as pool:
        return tuple(pool.map(lambda call: call(), calls))


@dataclass(frozen=True, slots=True)
class Lab:
    """What benches are made of."""

    sandbox: Sandbox
    languages: tuple[Language, ...]
    environment_for: Callable[[Path], Environment]
    cancelled: Callable[[], bool]
    test_budget: float  # seconds for one run of the repository's own tests
    python_path: tuple[str, ...] = ()  # folders of the tree to import from, beside what is discovered

    def as_asked(self, tests: TestsPart) -> Lab:
        """The same lab, whose tests run as the configuration asks, and in no more time than before."""
        budget = min(self.test_budget, tests.timeout)
        return replace(self, environment_for=as_asked(self.environment_for, tests), test_budget=budget)

    def need_runner(self, path: str) -> None:
        """Raises RunnerMissing for a file whose code no test that is run here can reach."""
        if not any(path.lower().endswith(one.suffixes) for one in self.languages):
            what = language_of(path) or f"files like {PurePosixPath(path).name}"
            raise RunnerMissing(f"There is no runner for {what}, so no test was written.")

    def bench(self, tree: Path) -> Bench:
        """A bench for the head at `tree`.

        Raises SandboxUnavailable or EnvironmentUnavailable, with advice, and InputError for a tree in no
        language that is known (RunnerMissing).
        """
        language = next((one for one in self.languages if one.detects(tree)), None)
        if language is None:
            known = ", ".join(one.name for one in self.languages)
            raise RunnerMissing(f"No tests can be run for this repository: it is not written in {known}.")
        self.sandbox.check()
        return Bench(
            language,
            self.environment_for(tree),
            self.sandbox,
            self.cancelled,
            self.test_budget,
            self.python_path,
        )
