"""Steps 3 and 4 with a scripted reviewer and real runs: rounds, feedback, refusals, and what is summed up."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.environments.interpreter import interpreter_environment
from bot.errors import Superseded
from bot.fix.write import fix
from bot.records import (
    Change,
    Claim,
    Confidence,
    Declined,
    Edit,
    Finding,
    Fix,
    Reason,
    RegressionTest,
    Review,
    Severity,
    Usage,
)
from bot.regression.lab import Bench, Lab
from bot.regression.languages.python import Python
from bot.regression.reproduce import reproduce
from bot.review.reviewers import Answer, Feedback, Material, Placement
from bot.sandbox.bubblewrap import open_sandbox
from tests.flow.shop import FILES, PAGES, TEST, need_sandbox, write_tree
from tests.lean import lean_python

SOURCE = "src/shop/pages.py"
LINE = PAGES.splitlines().index("    return Path(root) / name") + 1
FINDING = Finding(
    "f1", SOURCE, LINE, LINE, "CWE-22", Severity.HIGH, Confidence.HIGH, "Pages outside the root can be read",
    "The name is joined unchecked.", "Other files could be read.",
    Claim("find", "../other", "a path", "ValueError"),
    "    return Path(root) / name", "scripted",
)  # fmt: skip
PLACE = "tests/test_pages_root.py"
GOOD_TEST = RegressionTest(PLACE, TEST)
GREEN = (
    '"""Titles are titles."""\n\nfrom shop.pages import title\n\n\n'
    'def test_it():\n    assert title("a") == "A"\n'
)
GREEN_TEST = RegressionTest(PLACE, GREEN)
EMPTY_TEST = RegressionTest(PLACE, GREEN.replace('title("a") == "A"', "True"))
GOOD_FIX = Fix(
    (
        Edit(
            SOURCE,
            "    return Path(root) / name\n",
            "    if '..' in name:\n        raise ValueError(name)\n    return Path(root) / name\n",
        ),
    ),
    "Refuses names that lead upwards.",
)
NO_FIX = Fix((Edit(SOURCE, "    return Path(root) / name\n", "    return Path(root, name)\n"),), "Rewords.")
MISSING = Fix((Edit(SOURCE, "    return nowhere\n", "    return 1\n"),), "Misquotes.")
ONE_CALL = Usage(model_calls=1, output_tokens=10)


@dataclass
class Scripted:
    """A reviewer that says what it is told to, and keeps what it was asked."""

    tests: list[Answer[RegressionTest]] = field(default_factory=list)
    fixes: list[Answer[Fix]] = field(default_factory=list)
    places: list[Placement] = field(default_factory=list)
    heard: list[tuple[Feedback, ...]] = field(default_factory=list)
    name: str = "scripted"

    def review(self, material: Material) -> Review:
        raise AssertionError(material)

    def write_test(
        self, finding: Finding, material: Material, placement: Placement, feedback: tuple[Feedback, ...]
    ) -> Answer[RegressionTest]:
        assert finding == FINDING
        assert material.tree.is_dir()
        self.places.append(placement)
        self.heard.append(feedback)
        return self.tests.pop(0)

    def write_fix(
        self, finding: Finding, test: RegressionTest, material: Material, feedback: tuple[Feedback, ...]
    ) -> Answer[Fix]:
        assert finding == FINDING
        assert test == GOOD_TEST
        assert material.tree.is_dir()
        self.heard.append(feedback)
        return self.fixes.pop(0)


@pytest.fixture
def material(tmp_path: Path) -> Material:
    return Material(Change("b" * 40, "a" * 40, ()), write_tree(tmp_path / "head", FILES))


@pytest.fixture
def bench(material: Material) -> Bench:
    need_sandbox()
    environment = interpreter_environment(lean_python())
    lab = Lab(open_sandbox(), (Python(),), lambda _tree: environment, lambda: False, 120.0)
    return lab.bench(material.tree)


def test_a_test_that_is_not_red_is_written_again(material: Material, bench: Bench):
    """The failed gate and the run's output go back to the author; use and runs of all rounds are summed."""
    author = Scripted(tests=[Answer(GREEN_TEST, ONE_CALL), Answer(GOOD_TEST, ONE_CALL)])

    seen = reproduce(FINDING, material, author, bench)

    assert seen.test == GOOD_TEST
    assert [gate.gate for gate in seen.gates if gate.passed] == [
        "G0",
        "G1",
        "G2",
        "G3",
        "G4",
        "G6",
        "G7",
        "G14",
    ]
    assert [one.failed[0].reason for one in author.heard[1]] == [Reason.NOT_RED]
    assert "1 passed" in author.heard[1][0].output
    assert author.places[0].module == "shop.pages"
    assert seen.usage.model_calls == 2
    assert seen.usage.sandbox_seconds == pytest.approx(sum(run.seconds for run in seen.runs))
    assert len(seen.runs) == 4  # the green one; the red one, and its red and benign tests traced


def test_a_text_that_proves_nothing_costs_no_run(material: Material, bench: Bench):
    """What can be seen in the text is told to the author at once."""
    author = Scripted(tests=[Answer(EMPTY_TEST, ONE_CALL), Answer(GOOD_TEST, ONE_CALL)])

    seen = reproduce(FINDING, material, author, bench)

    assert seen.test == GOOD_TEST
    assert author.heard[1][0].failed[0].reason is Reason.CONSTANT_ASSERTION
    assert author.heard[1][0].output == ""


def test_a_benign_case_is_asked_for(material: Material, bench: Bench):
    """A red test alone goes back: without a sibling a fix that refuses everything would look right."""
    alone = RegressionTest(PLACE, TEST.partition("\n\n\ndef test_page_inside")[0] + "\n")
    author = Scripted(tests=[Answer(alone, ONE_CALL), Answer(GOOD_TEST, ONE_CALL)])

    seen = reproduce(FINDING, material, author, bench)

    assert seen.test == GOOD_TEST
    assert author.heard[1][0].failed[0].reason is Reason.NO_SIBLING


def test_what_the_environment_does_is_not_the_authors_fault(material: Material, bench: Bench):
    """A run that leaves no results ends it: nobody is asked to write the test anew."""
    (material.tree / "conftest.py").write_text("import os\n\nos._exit(0)\n")
    author = Scripted(tests=[Answer(GOOD_TEST, ONE_CALL)])

    seen = reproduce(FINDING, material, author, bench)

    assert seen.test is None
    assert "left no results" in seen.reason


def test_a_hunk_that_no_test_needs_is_dropped(material: Material, bench: Bench):
    """The patch is the part of the fix that the test is about."""
    more = Edit(SOURCE, "    return name.title()\n", "    return str(name.title())\n")
    author = Scripted(fixes=[Answer(Fix((*GOOD_FIX.edits, more), "Refuses, and more."))])
    write_tree(material.tree, {SOURCE: PAGES.replace("def title", "\n" * 12 + "def title")})

    seen = fix(FINDING, GOOD_TEST, material, author, bench)

    assert seen.patch is not None
    assert "raise ValueError" in seen.patch.diff
    assert "str(name.title())" not in seen.patch.diff


def test_five_rounds_at_most(material: Material, bench: Bench):
    """Then there is no test, and a sentence why. Tests in a wrong place cost no run."""
    wrong = [Answer(RegressionTest(f"src/shop/extra{number}.py", TEST), ONE_CALL) for number in range(6)]
    author = Scripted(tests=wrong)

    seen = reproduce(FINDING, material, author, bench)

    assert seen.test is None
    assert "5 tests were written" in seen.reason
    assert len(author.heard) == 5
    assert [len(one) for one in author.heard] == [0, 1, 2, 3, 4]
    assert seen.runs == ()


def test_the_same_test_again_ends_it(material: Material, bench: Bench):
    """An author that has nothing else to say is not asked five times."""
    author = Scripted(tests=[Answer(GREEN_TEST), Answer(GREEN_TEST), Answer(GOOD_TEST)])

    seen = reproduce(FINDING, material, author, bench)

    assert seen.test is None
    assert "again" in seen.reason


def test_a_refusal_is_carried_over(material: Material, bench: Bench):
    """Who declined, and why there is no test, is not lost; nor is what was spent."""
    declined = Declined("test", "model-x", "cyber")
    author = Scripted(
        tests=[Answer(None, ONE_CALL, declined, "declined")], fixes=[Answer(None, ONE_CALL, declined)]
    )

    red = reproduce(FINDING, material, author, bench)
    fixed = fix(FINDING, GOOD_TEST, material, author, bench)

    assert (red.test, red.declined, red.usage.model_calls) == (None, declined, 1)
    assert (fixed.patch, fixed.declined, fixed.usage.model_calls) == (None, declined, 1)


def test_a_fix_is_written_until_the_test_is_green(material: Material, bench: Bench):
    """A misquoted block and a fix that does not fix go back with their reasons; the third is the patch."""
    author = Scripted(fixes=[Answer(MISSING, ONE_CALL), Answer(NO_FIX, ONE_CALL), Answer(GOOD_FIX, ONE_CALL)])
    before = (material.tree / SOURCE).read_bytes()

    seen = fix(FINDING, GOOD_TEST, material, author, bench)

    assert seen.patch is not None
    assert seen.patch.strategy == GOOD_FIX.strategy
    assert "+        raise ValueError(name)" in seen.patch.diff
    assert all(gate.passed for gate in seen.gates)
    assert [one.failed[0].reason for one in author.heard[2]] == [Reason.EDIT_NOT_FOUND, Reason.NOT_GREEN]
    assert "DID NOT RAISE" in author.heard[2][1].output
    assert seen.usage.model_calls == 3
    assert (material.tree / SOURCE).read_bytes() == before


def test_a_fix_of_tests_is_never_run(material: Material, bench: Bench):
    """A fix has to keep its hands off tests; three such candidates, and there is no patch."""
    edits = [Fix((Edit(f"tests/test_{n}.py", "", "def test_it(): ...\n"),), "Adds.") for n in range(3)]
    author = Scripted(fixes=[Answer(one) for one in edits])

    seen = fix(FINDING, GOOD_TEST, material, author, bench)

    assert seen.patch is None
    assert "3 fixes were written" in seen.reason
    assert seen.gates[0].reason is Reason.PATCH_TOUCHES_PROTECTED
    assert seen.runs == ()


def test_a_source_that_is_not_utf8(material: Material, bench: Bench):
    """Such a file cannot be edited, and the author is told."""
    (material.tree / SOURCE).write_bytes(b"# -*- coding: latin-1 -*-\nNAME = '\xe9'\n")
    author = Scripted(fixes=[Answer(GOOD_FIX), Answer(GOOD_FIX)])

    seen = fix(FINDING, GOOD_TEST, material, author, bench)

    assert seen.gates[0].reason is Reason.PATCH_NOT_TEXT


def test_a_cancelled_job_stops(material: Material, bench: Bench):
    """When a newer push takes the job's place, the run is ended and nothing is concluded from it."""
    lab = Lab(bench.sandbox, (Python(),), lambda _tree: bench.environment, lambda: True, 120.0)

    with pytest.raises(Superseded):
        reproduce(FINDING, material, Scripted(tests=[Answer(GOOD_TEST)]), lab.bench(material.tree))
