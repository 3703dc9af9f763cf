"""A model's look at variants: one call, paid by the finding; it takes off only what quoted code guards."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config.files import ModelsPart
from bot.records import Conclusion, Examined, Outcome, Proof, Variants, Verdict
from bot.review.panel import Panel
from bot.review.reviewers import Material
from bot.review.variants import with_variants
from bot.settings import Settings, StageSettings
from bot.step import straight
from tests.fakes.claude_case import BAD_LINE, NO_TRIAGE, PATH, SOURCE, a_material, reviewing
from tests.fakes.messages_api import Answer, fails, refuses, replies
from tests.fakes.records import a_change, a_finding

ASKED = Settings(samples=1, stages=NO_TRIAGE | {"variants": StageSettings("claude-sibling-1")})
GUARD = "        name = name.replace('/', '_').replace('..', '_')"
GUARDED = SOURCE.replace(BAD_LINE, f"{GUARD}\n{BAD_LINE}")


def a_case(tree: Path) -> tuple[Outcome, Material]:
    """The proven finding of the small change, and two older files like its own, of which one has a guard."""
    given = a_material(tree)
    (tree / "old.py").write_text(SOURCE)
    (tree / "older.py").write_text(GUARDED)
    finding = a_finding(path=PATH, start_line=14, end_line=14, cwe="CWE-22", reviewer="claude", rule="")
    return Outcome(a_change(), Conclusion.FINDINGS, (Examined(finding, Proof(Verdict.PROVEN)),)), given


def told(answer: Answer, tree: Path, settings: Settings = ASKED) -> tuple[Variants, list[str]]:
    """The variants, and the tasks of the requests that were made for them."""
    outcome, given = a_case(tree)
    with reviewing(lambda _: answer, settings=settings) as (reviewer, api):
        found = with_variants(outcome, given, Panel((reviewer,)), straight).variants
        return found, [one["messages"][0]["content"][-1]["text"] for one in api.requests]


def kills(*entries: tuple[str, str, str]) -> Answer:
    said = [
        {"finding": finding, "guard": {"path": path, "quote": quote, "why": "No other folder can be named."}}
        for finding, path, quote in entries
    ]
    return replies("refute", {"refutations": said})


def paths(found: Variants) -> list[str]:
    return [one.path for one in found.found]


def test_a_place_with_quoted_guard_is_taken_off_and_counted(tmp_path: Path):
    """One call shows both places with their code; what is left out is said with who said it."""
    found, (task,) = told(kills(("F2", "older.py", GUARD)), tmp_path)

    assert paths(found) == ["old.py"]
    assert found.left_out == "1 more have code that guards them, says claude-sibling-1"
    assert "F1: old.py" in task
    assert "F2: older.py" in task
    assert GUARD.strip() in task


@pytest.mark.parametrize(
    "answer",
    [
        kills(("F1", "old.py", "    if name in self.allowed:"), ("F2", "older.py", '"""Uploaded files."""')),
        kills(("F7", "older.py", GUARD)),
        refuses(),
        fails(400, "invalid_request_error"),
        Answer(text="{}"),
    ],
    ids=["no code of the tree", "no place of the list", "a refusal", "a fault", "no reply"],
)
def test_all_stay_when_nothing_is_shown_to_guard_them(answer: Answer, tmp_path: Path):
    """A guard has to be code of the repository; who does not answer removes nothing."""
    found, _ = told(answer, tmp_path)

    assert paths(found) == ["old.py", "older.py"]


def test_nobody_is_asked_without_a_model_for_it(tmp_path: Path):
    """The stage costs nothing unless the operator wants it."""
    found, requests = told(kills(), tmp_path, Settings(samples=1, stages=NO_TRIAGE))

    assert paths(found) == ["old.py", "older.py"]
    assert requests == []


def test_without_places_there_is_no_call(tmp_path: Path):
    """A finding that stands alone is not asked about."""
    outcome, given = a_case(tmp_path)
    for name in ("old.py", "older.py"):
        (tmp_path / name).unlink()

    with reviewing(lambda _: kills(), settings=ASKED) as (reviewer, api):
        found = with_variants(outcome, given, Panel((reviewer,)), straight).variants

        assert (found, api.requests) == (Variants(), [])


def test_a_repository_that_chooses_models_leaves_the_operators_look_on(tmp_path: Path):
    """What it names for other stages takes nothing away here."""
    with reviewing(lambda _: kills(), settings=ASKED) as (reviewer, _):
        spoken = reviewer.speaking_as(ModelsPart(review="claude-other-1"))

    assert spoken.looks_at_variants
