"""What a model refuses is asked of another one, then as a fix; what nobody looked at is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.conclude import conclude
from bot.errors import SettingsError
from bot.records import Conclusion, Declined, Edit, Gate, Hunk, Line, Reason, RegressionTest
from bot.review.claude.client import build_client
from bot.review.claude.harden import changed_rows
from bot.review.reviewers import Feedback
from bot.review.reviewers.claude import claude_reviewer
from bot.settings import StageSettings
from tests.fakes.claude_case import (
    BAD_LINE,
    FOUND,
    ONE_LOOK,
    PATH,
    PLACEMENT,
    TESTED,
    a_material,
    reviewing,
    said_finding,
    said_review,
)
from tests.fakes.messages_api import Answer, Json, Script, by_task, refuses, replies

FIRST, SECOND = "claude-opus-5-5", "claude-opus-4-8"
TWO = replace(ONE_LOOK, model=FIRST, model_fallback=(SECOND,))
NEW_LINE = "        return self._inside(name).read_bytes()"


def hardening(old: str = BAD_LINE, new: str = NEW_LINE, path: str = PATH) -> Json:
    said = said_finding()
    kept = {name: said[name] for name in ("cwe", "severity", "title", "explanation", "impact", "claim")}
    return kept | {"edit": {"path": path, "old": old, "new": new}}


def hardened(*entries: Json) -> Answer:
    return replies("harden", {"hardenings": list(entries), "not_examined": []})


def by_model(**scripts: Script) -> Script:
    """A script for each model, by its name with underscores."""

    def script(request: Json) -> Answer:
        return scripts[request["model"].replace("-", "_")](request)

    return script


def always(answer: Answer) -> Script:
    return lambda _request: answer


def test_another_model_reviews_what_the_first_refused(tmp_path: Path) -> None:
    """Its findings count; the refusal is told, and leaves no gap."""
    script = by_model(claude_opus_5_5=always(refuses("cyber")), claude_opus_4_8=by_task(review=FOUND))
    material = a_material(tmp_path / "tree")

    with reviewing(script, settings=TWO) as (reviewer, api):
        review = reviewer.review(material)

    assert [one.cwe for one in review.findings] == ["CWE-22"]
    unrefuted = Declined("refute", FIRST, "cyber", (f"{PATH}:14",), SECOND)
    assert review.declined == (Declined("review", FIRST, "cyber", (f"{PATH}:11",), SECOND), unrefuted)
    assert [one["model"] for one in api.written] == [FIRST, SECOND]
    assert review.usage.model_calls == 4


def test_a_clean_answer_of_the_second_model_is_clean(tmp_path: Path) -> None:
    """A refusal that somebody made up for does not make a review incomplete."""
    clean = replies("review", said_review())
    script = by_model(claude_opus_5_5=always(refuses()), claude_opus_4_8=always(clean))
    material = a_material(tmp_path / "tree")

    with reviewing(script, settings=TWO) as (reviewer, _):
        outcome = conclude(material.change, reviewer.review(material), ())

    assert outcome.conclusion is Conclusion.CLEAN
    assert not outcome.left_open


def test_fix_first_finds_what_no_model_would_review(tmp_path: Path) -> None:
    """The edit's own line is where the finding stands, and its claim is what a test can check."""
    script = by_task(review=refuses(), harden=hardened(hardening()))

    with reviewing(script) as (reviewer, _):
        review = reviewer.review(a_material(tmp_path / "tree"))

    (finding,) = review.findings
    assert (finding.path, finding.start_line, finding.end_line) == (PATH, 14, 14)
    assert finding.quote == BAD_LINE
    assert finding.claim.good == "an error"
    (declined,) = review.declined
    assert declined.covered_by == "asking for the hardened code instead of a review"


def test_the_same_finding_by_either_way(tmp_path: Path) -> None:
    """A finding keeps its identity, whether it was reviewed or fixed first."""
    with reviewing(by_task(review=FOUND)) as (reviewer, _):
        reviewed = reviewer.review(a_material(tmp_path / "one"))
    with reviewing(by_task(review=refuses(), harden=hardened(hardening()))) as (reviewer, _):
        fixed = reviewer.review(a_material(tmp_path / "two"))

    assert reviewed.findings[0].id == fixed.findings[0].id


def test_what_all_refuse_is_named(tmp_path: Path) -> None:
    """No model reviewed, none fixed: both are told, with every hunk, and nothing looks clean."""
    material = a_material(tmp_path / "tree")

    with reviewing(always(refuses("cyber")), settings=TWO) as (reviewer, api):
        review = reviewer.review(material)

    both = f"{FIRST}, {SECOND}"
    place = (f"{PATH}:11",)
    assert review.declined == (
        Declined("review", both, "cyber", place),
        Declined("harden", both, "cyber", place),
    )
    assert conclude(material.change, review, ()).conclusion is Conclusion.INCOMPLETE
    assert len(api.written) == 4


def test_an_edit_outside_the_change_is_dropped(tmp_path: Path) -> None:
    """Only lines that the diff shows can be commented; the claim is not lost."""
    far = hardening('ROOT = Path("uploads")', 'ROOT = Path("uploads").resolve()')

    with reviewing(by_task(review=refuses(), harden=hardened(far, hardening()))) as (reviewer, _):
        review = reviewer.review(a_material(tmp_path / "tree"))

    assert len(review.findings) == 1
    assert [one.reason for one in review.dropped] == ["the hardened lines are not lines of the change"]


@pytest.mark.parametrize(
    "entry", [hardening(old="        return nothing"), hardening(path="../etc/x"), hardening(new=BAD_LINE)]
)
def test_an_edit_that_cannot_be_made_is_asked_for_again(entry: Json, tmp_path: Path) -> None:
    """Once; the second answer counts."""
    script = by_task(review=refuses(), harden=[hardened(entry), hardened(hardening())])

    with reviewing(script) as (reviewer, api):
        review = reviewer.review(a_material(tmp_path / "tree"))

    assert len(review.findings) == 1
    assert len(api.written) == 3


def test_earlier_turns_are_left_out_before_another_model_is_asked(tmp_path: Path) -> None:
    """The output of a run may be what a model minds, not the task."""
    material = a_material(tmp_path / "tree")
    before = RegressionTest(PLACEMENT.path, "def test_it():\n    assert True\n")
    failed = Gate("G3", passed=False, detail="not red", reason=Reason.NOT_RED)
    feedback = (Feedback(before, (failed,), "1 passed"),)

    def minds_turns(request: Json) -> Answer:
        if request["messages"][0]["content"][-1]["text"].startswith("Task: review"):
            return FOUND
        return refuses() if len(request["messages"]) > 1 else TESTED

    with reviewing(minds_turns, settings=TWO) as (reviewer, api):
        finding = reviewer.review(material).findings[0]
        answer = reviewer.write_test(finding, material, PLACEMENT, feedback)

    assert answer.value is not None
    assert answer.usage.model_calls == 2
    assert [len(one["messages"]) for one in api.written] == [1, 3, 1]
    assert {one["model"] for one in api.written} == {FIRST}


def hunk(*numbers: int) -> Hunk:
    return Hunk("a.py", "", tuple(Line("added", None, number, f"line {number}") for number in numbers))


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("two\nthree", "two\nTHREE", (3, 3)),
        ("two\nthree\nfour", "TWO\nthree\nFOUR", (2, 4)),
        ("two", "two\nmore", (2, 2)),  # an insertion stands next to its row
        ("one", "ONE", None),  # no row of the change
        ("one\ntwo", "ONE\nTWO", (2, 2)),  # as far as the change shows it
    ],
)
def test_rows_that_an_edit_changes(tmp_path: Path, old: str, new: str, lines: Any) -> None:
    """The rows that differ, and of those what the hunk shows."""
    (tmp_path / "a.py").write_text("one\ntwo\nthree\nfour\n")

    found = changed_rows(Edit("a.py", old, new), (hunk(2, 3, 4),), tmp_path)

    assert (found and (found.start_line, found.end_line)) == lines


ON_SERVER = replace(ONE_LOOK, model=FIRST, model_fallback=(SECOND,), fallback="server")


@pytest.mark.parametrize(("others", "asked"), [((SECOND,), [{"model": SECOND}]), ((), "default")])
def test_the_service_passes_a_refused_request_on(
    others: tuple[str, ...], asked: object, tmp_path: Path
) -> None:
    """One request: one model answers, the one that refused is told of, each is paid its price."""
    script = by_task(review=replace(FOUND, served_by=SECOND))
    with reviewing(script, settings=replace(ON_SERVER, model_fallback=others)) as (reviewer, api):
        review = reviewer.review(a_material(tmp_path))

    (request,) = api.written
    assert (request["model"], request["fallbacks"]) == (FIRST, asked)
    assert len(review.findings) == 1
    assert review.declined == (Declined("review", FIRST, "cyber", (f"{PATH}:11",), SECOND),)
    once = api.usages[0]
    assert review.usage.output_tokens == 2 * once["output_tokens"] + api.usages[1]["output_tokens"]
    assert review.usage.usd is not None


def test_when_the_service_finds_nobody_the_code_is_hardened(tmp_path: Path) -> None:
    """A refusal in spite of fallbacks goes the way that all refusals go."""
    with reviewing(by_task(review=refuses(), harden=refuses()), settings=ON_SERVER) as (reviewer, api):
        review = reviewer.review(a_material(tmp_path))

    assert [one.stage for one in review.declined] == ["review", "harden"]
    assert len(api.requests) == 2
    assert all(not one.covered_by for one in review.declined)


@pytest.mark.parametrize("wrong", [{"fallback": "both"}, {"fallback": "server", "claude_via": "bedrock"}])
def test_a_fallback_that_nobody_offers_is_an_error_at_the_start(wrong: dict[str, Any]) -> None:
    """Not a review without any."""
    with build_client(api_key="k") as client, pytest.raises(SettingsError, match="SUTURE_FALLBACK"):
        claude_reviewer(replace(ONE_LOOK, **wrong), client)


@pytest.mark.parametrize(
    ("text", "sent"),
    [("adaptive", {"type": "adaptive"}), ("2048", {"type": "enabled", "budget_tokens": 2048}), ("", None)],
)
def test_a_stage_thinks_as_it_is_told(text: str, sent: object, tmp_path: Path) -> None:
    """A stage's own word goes before what holds for all."""
    stages = {"triage": StageSettings("none"), "review": StageSettings(thinking=text)}
    with reviewing(by_task(review=FOUND), settings=replace(ONE_LOOK, stages=stages)) as (reviewer, api):
        reviewer.review(a_material(tmp_path))

    assert api.requests[0].get("thinking") == sent
    assert "thinking" not in api.requests[1]


@pytest.mark.parametrize("text", ["deep", "12", "50000", "-5"])
def test_an_unknown_way_of_thinking_is_an_error(text: str) -> None:
    """Before anything is asked."""
    with build_client(api_key="k") as client, pytest.raises(SettingsError, match="SUTURE_THINKING"):
        claude_reviewer(replace(ONE_LOOK, thinking=text), client)
