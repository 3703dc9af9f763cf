"""What a kept test is kept with, and what its run on a newer head says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.records import Answer, Examined, KeptTest, Proof, RegressionTest, Run, RunStatus, Verdict
from bot.regression.gone import is_gone
from bot.regression.recheck import judge, placed, to_keep
from tests.fakes.records import a_finding
from tests.unit.runs import ONE, PATH, TWO, broken, failed, passed, run, skipped

TEST = RegressionTest(PATH, "…")
KEPT = KeptTest(a_finding(), TEST, ((ONE, "AssertionError"),), (TWO,))
HUNG = KeptTest(a_finding(), TEST, ())


GOING = """
import os


def find(root, name):
    # where pages are
    place = os.path.join(root, name)
    if not os.path.exists(place):
        raise FileNotFoundError(place)
    return open(place)


def title(name):
    return name.title()
"""
STAYING = GOING[GOING.index("def title") :]


def examined(*runs: Run, verdict: Verdict = Verdict.PROVEN) -> Examined:
    return Examined(a_finding(), Proof(verdict, runs=runs), TEST)


def test_a_test_is_kept_with_what_it_was_red_for(tmp_path: Path):
    """The red ones with their exceptions and those that passed beside them."""
    runs = (run(failed(), passed(TWO)), run(passed(), passed(TWO), tree="fixed"))

    assert to_keep([examined(*runs)], tmp_path) == (KEPT,)
    assert to_keep([examined(runs[0], verdict=Verdict.REPRODUCED)], tmp_path) == (KEPT,)


def test_what_the_fix_does_not_mend_is_not_waited_for(tmp_path: Path):
    """A test of the project's own in the same file that fails anyway never holds a thread open."""
    (kept,) = to_keep(
        [examined(run(failed(), failed(TWO)), run(passed(), failed(TWO), tree="fixed"))], tmp_path
    )

    assert (kept.red, kept.beside) == (((ONE, "AssertionError"),), ())


def test_an_unproven_claim_is_not_kept(tmp_path: Path):
    """Nor is a test of which nothing was seen red taken for one that was red by an assertion."""
    (hung,) = to_keep([examined(run(status=RunStatus.TIMEOUT))], tmp_path)

    assert to_keep([examined(run(failed()), verdict=Verdict.UNPROVEN)], tmp_path) == ()
    assert hung.red == ()


@pytest.mark.parametrize(
    ("seen", "kept", "answer"),
    [
        (run(passed(), passed(TWO)), KEPT, Answer.FIXED),
        (run(failed(), passed(TWO)), KEPT, Answer.STILL_THERE),
        (run(failed(), broken(TWO)), KEPT, Answer.STILL_THERE),
        (run(status=RunStatus.TIMEOUT), HUNG, Answer.STILL_THERE),
        (run(passed()), HUNG, Answer.FIXED),
        (run(), HUNG, Answer.UNKNOWN),
        (run(passed()), KEPT, Answer.UNKNOWN),
        (run(passed(TWO)), KEPT, Answer.UNKNOWN),
        (run(passed(), skipped(TWO)), KEPT, Answer.UNKNOWN),
        (run(skipped(), passed(TWO)), KEPT, Answer.UNKNOWN),
        (run(passed(), failed(TWO)), KEPT, Answer.UNKNOWN),
        (run(failed(exception="TypeError"), passed(TWO)), KEPT, Answer.UNKNOWN),
        (run(broken(), passed(TWO)), KEPT, Answer.UNKNOWN),
        (run(passed(), passed(TWO), broken("conftest.py")), KEPT, Answer.UNKNOWN),
        (run(passed(), passed(TWO), status=RunStatus.LOST), KEPT, Answer.UNKNOWN),
        (run(status=RunStatus.TIMEOUT), KEPT, Answer.UNKNOWN),
        (run(passed("tests/test_other.py::test_one")), KEPT, Answer.UNKNOWN),
    ],
)
def test_only_a_whole_green_run_is_a_fix(seen: Run, kept: KeptTest, answer: Answer):
    """Red counts only as it was red; all else is no answer, and says why."""
    said, reason = judge(kept, seen)

    assert said is answer
    assert bool(reason) is (answer is Answer.UNKNOWN)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\n\n  x = 1\n  y = 2\n", (3, 4)),
        ("x = 1\ny = 2\n" * 3, (3, 4)),
        ("x = 1\nz = 2\n", (4, 5)),
    ],
)
def test_a_finding_follows_its_lines(tmp_path: Path, text: str, lines: tuple[int, int]):
    """To where its quote stands now, reindented too, the nearest; else it stays as it was."""
    (tmp_path / "a.py").write_text(text)
    finding = a_finding(path="a.py", start_line=4, end_line=5, quote="x = 1\ny = 2")

    seen = placed(finding, tmp_path)

    assert (seen.start_line, seen.end_line) == lines
    assert seen.id == finding.id


@pytest.mark.parametrize(
    ("head", "gone"),
    [
        ({"a.py": STAYING}, True),
        ({"b.py": STAYING}, True),
        ({"a.py": GOING}, False),
        ({"a.py": STAYING, "b.py": GOING.replace("find", "open_page")}, False),
        ({"a.py": STAYING, "deep/b.py": "def find(root):\n    return root\n"}, False),
        ({"a.py": GOING.replace("find", "look").replace("os.path.join(root, name)", "root / name")}, False),
        ({"a.py": "class Shelf:\n    def look(self):\n        place=os.path.join( root,name )\n"}, False),
        ({"a.py": STAYING, "unchanged.py": GOING}, True),
    ],
)
def test_code_is_gone_only_when_nothing_of_it_is_left(tmp_path: Path, head: dict[str, str], gone: bool):
    """Moved, renamed or rewritten, in its file or in another that the change touches, it is still there."""
    before, after = tmp_path / "before", tmp_path / "after"
    for tree, files in ((before, {"a.py": GOING}), (after, head)):
        for path, text in files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
    quote = "    place = os.path.join(root, name)"
    finding = a_finding(path="a.py", start_line=7, end_line=7, quote=quote)
    (kept,) = to_keep([Examined(finding, Proof(Verdict.REPRODUCED, runs=(run(failed()),)), TEST)], before)

    assert kept.scope == "find"
    assert is_gone(kept, after, [path for path in head if path != "unchanged.py"]) is gone
    assert not is_gone(replace(kept, scope="", code=""), after, ())
