"""Every case of the embedded rules, run: red on vulnerable code, green with the fix and on its twin.

All cases stand in one tree, so that three runs in the sandbox decide them all.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.environments.interpreter import interpreter_environment
from bot.errors import SandboxUnavailable
from bot.gates import right_reason
from bot.records import Run, TestStatus
from bot.regression.aim import aim_at_finding
from bot.regression.languages import TestRequest
from bot.regression.languages.python import Python
from bot.review.reviewers.rules import Rules
from bot.sandbox import Limits
from bot.sandbox.bubblewrap import Bubblewrap
from tests.unit.rule_cases import Case, Written, applied, material, read_cases, write

PYTHON = Python()
ALL = read_cases()
each_case = pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)


@dataclass(frozen=True)
class Seen:
    """Runs of all generated tests on the vulnerable code, with the rules' fixes, and on the clean twins."""

    written: Mapping[str, Written]
    vulnerable: Run
    fixed: Run
    twin: Run
    tree: Path  # the vulnerable one

    def of(self, case: Case, run: Run) -> dict[str, TestStatus]:
        path = self.written[case.name].test.path
        return {one.id: one.status for one in run.outcomes if one.id.startswith(f"{path}::")}


def _runs(written: Mapping[str, Written], tree: Path, texts: Mapping[str, str], sandbox: Bubblewrap) -> Run:
    for case in ALL:
        case.plant(tree, texts[case.name])
        test = written[case.name].test
        (tree / test.path).parent.mkdir(parents=True, exist_ok=True)
        (tree / test.path).write_text(test.content)
    paths = tuple(one.test.path for one in written.values())
    environment = interpreter_environment(sys.executable)
    request = TestRequest(
        "head", tree, environment, paths, limits=Limits(wall=150, cpu=150), python_path=("", "src")
    )
    command = PYTHON.command(request)
    run = PYTHON.read(request, command, sandbox.run(command))
    assert run.exit_code in {0, 1}, run.output
    return run


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    sandbox = Bubblewrap()
    try:
        sandbox.check()
    except SandboxUnavailable as error:
        pytest.skip(f"no sandbox: {error}")
    base = tmp_path_factory.mktemp("rules")
    trees = {name: base / name for name in ("alone", "vulnerable", "fixed", "twin")}
    written = {case.name: write(case, trees["alone"]) for case in ALL}
    texts = {
        "vulnerable": {case.name: case.vulnerable for case in ALL},
        "fixed": {case.name: applied(written[case.name].fix, case.vulnerable) for case in ALL},
        "twin": {case.name: case.clean for case in ALL},
    }
    runs = {name: _runs(written, trees[name], text, sandbox) for name, text in texts.items()}
    return Seen(written, runs["vulnerable"], runs["fixed"], runs["twin"], trees["vulnerable"])


@each_case
def test_case_is_found_and_its_twin_is_not(case: Case, tmp_path: Path):
    """The vulnerable code has findings of its class only; a person's fix of it has none."""
    found = Rules().review(material(tmp_path / "head", case.path, case.vulnerable))
    clean = Rules().review(material(tmp_path / "twin", case.path, case.clean))

    assert {one.rule for one in found.findings} == {case.rule}
    assert found.not_reviewed == clean.not_reviewed == ()
    assert clean.findings == ()


@each_case
def test_case_is_red_for_the_right_reason(case: Case, seen: Seen):
    """On the vulnerable code one test fails by an assertion in the test, and the benign sibling passes."""
    written = seen.written[case.name]
    outcomes = seen.of(case, seen.vulnerable)
    red = tuple(name for name, status in outcomes.items() if status is TestStatus.FAILED)

    assert sorted(outcomes.values()) == [TestStatus.FAILED, TestStatus.PASSED], written.test.content
    gate = right_reason.judge(
        seen.vulnerable, red, written.test.path, None, aim_at_finding(written.finding, seen.tree)
    )
    assert gate.passed, gate.detail


@each_case
def test_case_is_green_with_the_fix(case: Case, seen: Seen):
    """With the rule's own fix both tests pass."""
    outcomes = seen.of(case, seen.fixed)

    assert list(outcomes.values()) == [TestStatus.PASSED] * 2, seen.written[case.name].fix


@each_case
def test_case_is_green_on_a_persons_fix(case: Case, seen: Seen):
    """The test asks for the guarantee, not for the rule's own fix."""
    if not case.twin:
        pytest.skip("the person's fix takes another format")
    outcomes = seen.of(case, seen.twin)

    assert list(outcomes.values()) == [TestStatus.PASSED] * 2, seen.written[case.name].test.content
