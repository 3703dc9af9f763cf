"""G1: where a test may stand, and what a patch may touch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.gates.placement import PatchFacts, TestFacts, judge, judge_patch, judge_test, lost_lines
from bot.records import Reason

TEST = TestFacts("tests/test_a.py", "def test_a(): ...\n", is_inside=True, is_collected=True)
PATCH = PatchFacts(paths=("shop/paths.py",))


def test_a_new_file_that_is_collected_passes():
    """A new test file where the runner looks holds the gate."""
    assert judge_test(TEST).passed


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (replace(TEST, is_inside=False), Reason.TEST_MISPLACED),
        (replace(TEST, is_collected=False), Reason.TEST_MISPLACED),
        (replace(TEST, path="tests/conftest.py"), Reason.TEST_MISPLACED),
        (replace(TEST, before="def test_old():\n    assert 1\n"), Reason.TEST_OVERWRITES),
    ],
)
def test_a_test_elsewhere_or_over_others_is_refused(facts: TestFacts, reason: Reason):
    """A test outside the tree, uncollected, in a conftest, or in place of other tests is refused."""
    gate = judge_test(facts)

    assert not gate.passed
    assert gate.reason is reason


def test_adding_to_an_existing_file_passes():
    """Existing lines have to stay; imports may be widened."""
    before = "import os\nfrom shop import (\n    a,\n)\n\ndef test_old():\n    assert a()\n"
    after = before.replace("import os\n", "import os\nimport re\n").replace("    a,\n", "    a, b,\n")
    after += "\ndef test_new():\n    assert b()\n"

    assert judge_test(replace(TEST, content=after, before=before)).passed


def test_weakening_an_existing_test_is_seen():
    """A changed assertion is a lost line, even next to an import."""
    before = "import os\nassert_me = 1\n\ndef test_old():\n    assert os.sep\n"

    assert lost_lines(before, before.replace("assert os.sep", "assert True")) == ("    assert os.sep",)
    assert lost_lines(before, before.replace("assert_me = 1\n", "")) == ("assert_me = 1",)


def test_a_patch_of_source_passes():
    """Lines of plain source files are what a patch may change."""
    assert judge_patch(PATCH).passed


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (PatchFacts(is_empty=True), Reason.PATCH_EMPTY),
        (replace(PATCH, outside=("../x",)), Reason.PATCH_LEAVES_TREE),
        (replace(PATCH, oddities=("GIT binary patch",)), Reason.PATCH_NOT_TEXT),
        (replace(PATCH, protected=("tests/test_a.py",)), Reason.PATCH_TOUCHES_PROTECTED),
        (replace(PATCH, error="patch failed: shop/paths.py:3"), Reason.PATCH_DOES_NOT_APPLY),
    ],
)
def test_any_other_patch_is_refused_with_its_reason(facts: PatchFacts, reason: Reason):
    """Each thing a patch must not do has a reason and a sentence of its own."""
    gate = judge_patch(facts)

    assert gate.reason is reason
    assert gate.detail


def test_both_halves_are_told():
    """When both the test and the patch are refused, both sentences stand in the gate."""
    gate = judge(judge_test(replace(TEST, is_collected=False)), judge_patch(PatchFacts(is_empty=True)))

    assert gate.reason is Reason.TEST_MISPLACED
    assert "would not collect" in gate.detail
    assert "changes nothing" in gate.detail
