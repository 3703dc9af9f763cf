"""The README of the embedded rules says what the code does."""

from __future__ import annotations

from bot.review.rules import classes
from tests.evals.rules import CASES, README, with_table


def test_table_of_classes_is_current():
    """The table is what `python -m tests.evals.rules --classes` writes."""
    text = README.read_text(encoding="utf-8")

    assert text == with_table(text)


def test_each_class_has_two_pairs_of_cases():
    """Vulnerable and clean code, at least twice for each class, and no cases of a class that is gone."""
    names = {one.rule.removeprefix("python/") for one in classes()}

    assert {one.name for one in CASES.iterdir()} == names
    assert all(len(list((CASES / name).glob("*/case.json"))) >= 2 for name in names)
