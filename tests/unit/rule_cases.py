"""The cases of the embedded rules: vulnerable code, a person's fix of it, and where it would stand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bot.records import Change, ChangedFile, Finding, Fix, Hunk, Line, RegressionTest
from bot.regression.languages.python import Python
from bot.review.reviewers import Material
from bot.review.reviewers.rules import Rules

CASES = Path(__file__).parents[1] / "cases" / "rules"


@dataclass(frozen=True)
class Case:
    """`path` is the file's place in a repository; `twin` is False when the clean file takes other input."""

    name: str
    rule: str
    path: str
    vulnerable: str
    clean: str
    twin: bool

    def plant(self, tree: Path, text: str) -> None:
        file = tree / self.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@dataclass(frozen=True)
class Written:
    """What the rules wrote for the one finding of a case."""

    finding: Finding
    test: RegressionTest
    fix: Fix


def read_cases() -> tuple[Case, ...]:
    cases = []
    for file in sorted(CASES.glob("*/*/case.json")):
        folder = file.parent
        facts = json.loads(file.read_text())
        texts = [(folder / f"{one}.py").read_text() for one in ("vulnerable", "clean")]
        weakness = folder.parent.name
        name = f"{weakness}/{folder.name}"
        cases.append(Case(name, f"python/{weakness}", facts["path"], *texts, facts.get("twin", True)))
    return tuple(cases)


def added(path: str, text: str, only: range | None = None) -> Change:
    """A change that adds the whole file, or only those of its lines (the others are context)."""
    lines = tuple(
        Line("added" if only is None or number in only else "context", None, number, row)
        for number, row in enumerate(text.splitlines(), 1)
    )
    return Change("a" * 40, "b" * 40, (ChangedFile(path, "added", (Hunk(path, "", lines),)),))


def material(tree: Path, path: str, text: str, only: range | None = None) -> Material:
    """The file planted in the tree, as the material of a review."""
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
    return Material(added(path, text, only), tree)


def write(case: Case, tree: Path) -> Written:
    """What the rules make of the first finding of a case planted in the tree."""
    given = material(tree, case.path, case.vulnerable)
    finding = Rules().review(given).findings[0]
    test = Rules().write_test(finding, given, Python().placement(finding, tree), ())
    assert test.value, test.reason
    fix = Rules().write_fix(finding, test.value, given, ())
    assert fix.value, fix.reason
    return Written(finding, test.value, fix.value)


def applied(fix: Fix, text: str) -> str:
    """The text with the edits of a fix, each of which stands in it exactly once."""
    for edit in fix.edits:
        assert text.count(edit.old) == 1, edit.old
        text = text.replace(edit.old, edit.new)
    return text


def fixed(tree: Path, text: str) -> str:
    """The text with the fix of its first finding, or the reason why there is none."""
    given = material(tree, "app.py", text)
    finding = Rules().review(given).findings[0]
    answer = Rules().write_fix(finding, RegressionTest("tests/test_new.py", ""), given, ())
    return applied(answer.value, text) if answer.value else answer.reason
