"""What the bot never sees: its patches against the case's oracle, its tests against upstream's fix.

All of it is run in the sandbox: patches and tests are a model's.
"""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.assembly import local_lab
from bot.errors import InputError
from bot.fix.patches import apply_patch
from bot.forge.checkout import export_tree
from bot.gates import red_ids
from bot.records import Patch, RegressionTest, Run, RunStatus, TestStatus
from bot.regression.lab import Bench
from bot.regression.trees import scratch_copy
from bot.regression.watch import with_test
from bot.sandbox import MIB, Command, Limits
from bot.settings import read_settings
from tests.evals.corpus import Built, NoCorpus
from tests.evals.review.program import Task

LIMITS = Limits(wall=300, cpu=300, memory=2048 * MIB, processes=256)


@dataclass(frozen=True, slots=True)
class Trials:
    """Runs on the head of a form with a defect, and on the same code with upstream's fix."""

    case: Built
    head: Path
    fixed: Path
    bench: Bench

    def verifies(self, patches: Sequence[str]) -> bool:
        """Whether the oracle passes on the head with one of the patches, or with all that still apply.

        Raises NoCorpus when it does not pass with upstream's fix: then it says nothing here.
        """
        if not passes_oracle(self.case, self.fixed, self.bench):
            raise NoCorpus(f"The hidden test of {self.case.name} does not pass with upstream's fix here.")
        return any(self._passes([one]) for one in patches) or (len(patches) > 1 and self._passes(patches))

    def is_red_green(self, path: str, content: str) -> bool:
        """Whether the test fails on the head and passes with upstream's fix."""
        test = RegressionTest(path, content)
        return _is_red(self._run(test, self.head)) and _is_green(self._run(test, self.fixed))

    def _run(self, test: RegressionTest, tree: Path) -> Run:
        with with_test(test, tree) as place:
            return self.bench.run("head", place, (test.path,), new_test=test.path)

    def _passes(self, patches: Sequence[str]) -> bool:
        with scratch_copy(self.head) as tree:
            applied = [one for one in patches if _applied(one, tree)]
            return bool(applied) and passes_oracle(self.case, tree, self.bench)


@contextmanager
def trials_of(task: Task) -> Iterator[Trials]:
    """The trees of a form with a defect, and a bench with the case's interpreter."""
    with tempfile.TemporaryDirectory(prefix="suture-trials-") as folder:
        Path(folder).chmod(0o755)  # the sandbox looks in as another user
        head, fixed = Path(folder, "head"), Path(folder, "fixed")
        export_tree(task.case.repository, task.branches.head, head)
        export_tree(task.case.repository, task.branches.fixed, fixed)
        told = task.case.python_path
        paths = () if told == "." else (told,)
        lab = local_lab(read_settings(), task.case.repository, task.case.python, paths)
        yield Trials(task.case, head, fixed, lab.bench(head))


def passes_oracle(case: Built, tree: Path, bench: Bench) -> bool:
    """Whether the hidden test passes on the tree; it runs from where it is, beside the tree."""
    place = case.oracle.resolve()
    variables = {
        "PYTHONPATH": f"/tree/{case.python_path}",
        "CASE_SRC": "/tree",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        **{name: value.replace("{src}", "/tree") for name, value in case.variables.items()},
    }
    argv = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=/out/result")
    command = Command(
        (bench.environment.python, *argv, str(place / "test_oracle.py")),
        tree,
        (*bench.environment.read_only, place),
        variables,
        limits=LIMITS,
    )
    done = bench.sandbox.run(command, bench.cancelled)
    return done.status is RunStatus.EXITED and done.exit_code == 0 and _has_passed(done.result)


def _has_passed(report: bytes | None) -> bool:
    """Whether at least one test was not skipped."""
    if not report:
        return False
    tests = list(ET.fromstring(report).iter("testcase"))  # noqa: S314  written by pytest
    return any(all(part.tag not in {"skipped", "failure", "error"} for part in one) for one in tests)


def _applied(diff: str, tree: Path) -> bool:
    try:
        apply_patch(Patch(diff), tree)
    except InputError:
        return False
    return True


def _is_red(run: Run) -> bool:
    return run.status is RunStatus.TIMEOUT or bool(red_ids(run, tuple(one.id for one in run.outcomes)))


def _is_green(run: Run) -> bool:
    outcomes = run.outcomes
    all_pass = all(one.status is TestStatus.PASSED for one in outcomes)
    return run.status is RunStatus.EXITED and bool(outcomes) and all_pass
