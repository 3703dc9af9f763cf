"""Which files an earlier review settled, and which of them a later one may carry over."""

from __future__ import annotations

import pytest

from bot.config import NO_CONFIG, Config
from bot.records import (
    Carried,
    Change,
    ChangedFile,
    Conclusion,
    Declined,
    Dropped,
    Examined,
    NotReviewed,
    Outcome,
    Proof,
    Reviewed,
    Verdict,
)
from bot.review.since import carried, narrowed, reviewed, rules_of
from tests.fakes.records import a_finding

RULES = rules_of(NO_CONFIG, ["claude"])
CHANGE = Change(
    "b" * 40, "a" * 40, tuple(ChangedFile(path, "added", ()) for path in ("1.py", "2.py", "3.py"))
)
GLANCED = NotReviewed("2.py", "A first look saw nothing in it.", in_scope=False)
EARLIER = Reviewed("c" * 40, "b" * 40, RULES, ("1.py", "2.py"), (GLANCED,))


def outcome(**facts: object) -> Outcome:
    return Outcome(CHANGE, Conclusion.INCOMPLETE, rules=RULES, **facts)  # type: ignore[arg-type]


def examined(verdict: Verdict) -> Examined:
    return Examined(a_finding(path="2.py"), Proof(verdict))


@pytest.mark.parametrize(
    ("seen", "open_paths"),
    [
        (outcome(), set()),
        (outcome(not_reviewed=(NotReviewed("2.py", "too large"),)), {"2.py"}),
        (outcome(not_reviewed=(GLANCED, NotReviewed("logo.png", "an image", in_scope=False))), set()),
        (outcome(examined=(examined(Verdict.UNPROVEN),)), {"2.py"}),
        (outcome(examined=(examined(Verdict.REPRODUCED),)), set()),
        (outcome(declined=(Declined("review", "m", "cyber", ("2.py:7", "1.py:1")),)), {"1.py", "2.py"}),
        (outcome(declined=(Declined("review", "m", "cyber"),)), {"1.py", "2.py", "3.py"}),
        (outcome(declined=(Declined("review", "m", "cyber", ("2.py:7",), "another"),)), set()),
        (outcome(dropped=(Dropped("t", "2.py", 1, "CWE-1", "public", "config"),)), {"2.py"}),
        (outcome(dropped=(Dropped("t", "2.py", 1, "CWE-1", "@erin", "dismissal"),)), {"2.py"}),
        (outcome(dropped=(Dropped("t", "2.py", 1, "CWE-1", "never red", "reproduce"),)), set()),
    ],
)
def test_only_what_is_done_with_is_settled(seen: Outcome, open_paths: set[str]):
    """Whatever stayed open in a file keeps it open; what was out of scope is noted to be told again."""
    left = reviewed(seen)

    assert set(left.settled) == {"1.py", "2.py", "3.py"} - open_paths
    assert (left.head_sha, left.base_sha, left.rules) == (CHANGE.head_sha, CHANGE.base_sha, RULES)
    assert left.noted == tuple(one for one in seen.not_reviewed if one == GLANCED)


def test_what_was_settled_and_not_touched_is_carried_over():
    """In the change's order, with what is noted of it; the rest is what has to be looked at."""
    kept = carried(EARLIER, CHANGE, RULES, ("1.py", "9.py"), ())

    assert kept == Carried(EARLIER.head_sha, ("2.py",), (GLANCED,))
    assert [file.path for file in narrowed(CHANGE, kept).files] == ["1.py", "3.py"]
    assert narrowed(CHANGE, None) is CHANGE


@pytest.mark.parametrize(
    ("rules", "base", "touched", "dismissed"),
    [
        (rules_of(Config(guidance="x"), ["claude"]), "b", (), ()),
        (rules_of(NO_CONFIG, ["claude", "rules"]), "b", (), ()),
        (RULES, "d", (), ()),
        (RULES, "b", None, ()),
        (RULES, "b", ("1.py", "2.py"), ()),
        (RULES, "b", ("1.py",), ("2.py",)),
    ],
)
def test_else_nothing_is(
    rules: str, base: str, touched: tuple[str, ...] | None, dismissed: tuple[str, ...]
) -> None:
    """Other rules, reviewers or base, a head not on top of the other, files touched or with a dismissal."""
    change = Change(base * 40, "a" * 40, CHANGE.files)

    assert carried(EARLIER, change, rules, touched, dismissed) is None
