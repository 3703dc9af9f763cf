"""The review stage over HTTP: what the model says becomes an anchored finding, or is dropped aloud."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.records import Change, ChangedFile, Claim, Confidence, Dropped, NotReviewed, Severity
from bot.review.claude.client import build_client
from bot.review.reviewers import Material
from bot.review.reviewers.claude import claude_reviewer
from bot.settings import Settings, StageSettings
from tests.fakes.claude_case import (
    BAD_LINE,
    FIXED,
    FOUND,
    NO_TRIAGE,
    ONE_LOOK,
    PATH,
    PLACEMENT,
    TESTED,
    a_material,
    reviewing,
    said_finding,
    said_review,
)
from tests.fakes.messages_api import by_task, replies, text_of


def test_finding_carries_what_was_said_and_the_lines_it_stands_on(tmp_path: Path) -> None:
    """Every field of the reply arrives; the place comes from the anchor, the id from place and code."""
    with reviewing(by_task(review=FOUND)) as (reviewer, _):
        review = reviewer.review(a_material(tmp_path))

        finding = review.findings[0]
        assert (finding.path, finding.start_line, finding.end_line) == (PATH, 14, 14)
        assert (finding.cwe, finding.severity, finding.confidence) == (
            "CWE-22",
            Severity.HIGH,
            Confidence.HIGH,
        )
        assert finding.quote == BAD_LINE
        assert finding.reviewer == reviewer.name == "claude"
        assert finding.claim == Claim(
            "shop.files.Store.read", "../marker.txt, beside the root", "the marker's bytes", "an error"
        )
        assert len(finding.id) == 16


def test_id_outlives_moved_lines_and_other_words(tmp_path: Path) -> None:
    """The same code in the same function keeps its id when lines move and the model words it otherwise."""
    again = replies("review", said_review(said_finding(title="Path traversal in read", label="H1.5")))
    with reviewing(by_task(review=[FOUND, again])) as (reviewer, _):
        material = a_material(tmp_path)
        first = reviewer.review(material).findings[0]
        source = material.tree / PATH
        source.write_text("# one more line\n" + source.read_text())
        hunk = material.change.files[0].hunks[0]
        moved = tuple(
            replace(one, new=one.new + 1 if one.new else None, old=one.old and one.old + 1)
            for one in hunk.lines
        )
        file = ChangedFile(PATH, "modified", (replace(hunk, lines=moved),))
        second = reviewer.review(Material(replace(material.change, files=(file,)), material.tree)).findings[0]

        assert second.start_line == 15
        assert second.id == first.id


def test_unanchored_finding_is_dropped_not_snapped(tmp_path: Path) -> None:
    """A quote that is not in the diff loses the finding, and the outcome says so."""
    lost = said_finding(quote="        return open(name).read()", title="Lost")
    with reviewing(by_task(review=replies("review", said_review(said_finding(), lost)))) as (reviewer, _):
        review = reviewer.review(a_material(tmp_path))

        assert len(review.findings) == 1
        assert [(one.title, one.path, one.stage) for one in review.dropped] == [("Lost", PATH, "review")]
        assert "could not be anchored" in review.dropped[0].reason


def test_the_same_finding_twice_is_one(tmp_path: Path) -> None:
    """A weakness said twice for the same lines is shown once; the other is dropped with its reason."""
    twice = said_review(said_finding(), said_finding(title="Again"))
    with reviewing(by_task(review=replies("review", twice))) as (reviewer, _):
        review = reviewer.review(a_material(tmp_path))

        assert len(review.findings) == 1
        assert [one.title for one in review.dropped] == ["Again"]
        assert isinstance(review.dropped[0], Dropped)


def test_hunks_the_model_could_not_judge_are_not_reviewed(tmp_path: Path) -> None:
    """`not_examined` comes out as not reviewed, with the place and the model's reason."""
    said = said_review(not_examined=({"hunk": "H1", "reason": "generated code"},))
    with reviewing(by_task(review=replies("review", said))) as (reviewer, _):
        review = reviewer.review(a_material(tmp_path))

        assert review.not_reviewed == (NotReviewed(PATH, "from line 11: generated code"),)


def test_a_hunk_that_was_never_shown_is_a_malformed_reply(tmp_path: Path) -> None:
    """A reply about hunk H7 of a change with one hunk is asked for again."""
    wrong = replies("review", said_review(not_examined=({"hunk": "H7", "reason": "no"},)))
    with reviewing(by_task(review=[wrong, FOUND])) as (reviewer, api):
        review = reviewer.review(a_material(tmp_path))

        assert len(review.findings) == 1
        assert "H7" in text_of(api.written[1])


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "x" * 121},
        {"explanation": "x" * 1801},
        {"quote": "x" * 2001},
        {"cwe": "CWE-XX"},
        {"cwe": "89"},
        {"label": "line 14"},
        {"severity": "catastrophic"},
        {"confidence": 0.9},
        {"title": ""},
        {"claim": {"entry": "e", "input": "i", "bad": "b"}},
        {"patch": "something more"},
    ],
)
def test_limits_of_the_schema_hold_here_too(changes: dict[str, object], tmp_path: Path) -> None:
    """The service does not enforce lengths and patterns: a reply over them is malformed."""
    wrong = replies("review", said_review(said_finding(**changes)))
    with reviewing(by_task(review=[wrong, FOUND])) as (reviewer, api):
        reviewer.review(a_material(tmp_path))

        assert len(api.written) == 2


def test_eleven_findings_are_too_many(tmp_path: Path) -> None:
    """More than ten findings are a malformed reply, not the first ten of it."""
    many = replies("review", said_review(*[said_finding()] * 11))
    with reviewing(by_task(review=[many, FOUND])) as (reviewer, api):
        reviewer.review(a_material(tmp_path))

        assert len(api.written) == 2


def test_nothing_to_review_costs_nothing(tmp_path: Path) -> None:
    """A change without hunks (a pure rename) needs no call."""
    with reviewing(by_task(review=FOUND)) as (reviewer, api):
        change = Change("b" * 40, "a" * 40, (ChangedFile("b.py", "renamed", (), "a.py"),))
        review = reviewer.review(Material(change, tmp_path))

        assert review.findings == ()
        assert review.usage.model_calls == 0
        assert api.written == []


def test_later_stages_read_from_the_cache_what_the_review_wrote(tmp_path: Path) -> None:
    """System and change are paid once; the test and fix stages read them, and the sums and prices show it."""
    with reviewing(by_task(review=FOUND, test=TESTED, fix=FIXED)) as (reviewer, api):
        material = a_material(tmp_path)
        review = reviewer.review(material)
        test = reviewer.write_test(review.findings[0], material, PLACEMENT, ())
        assert test.value is not None
        fix = reviewer.write_fix(review.findings[0], test.value, material, ())

        first, *others = api.usages
        assert first["cache_read_input_tokens"] == 0
        assert first["cache_creation_input_tokens"] > 0
        assert len(others) == 3  # refute, test and fix
        for later in others:
            assert later["cache_read_input_tokens"] == first["cache_creation_input_tokens"]
            assert later["cache_creation_input_tokens"] == 0
        assert review.usage.cache_read_tokens == test.usage.cache_read_tokens == fix.usage.cache_read_tokens
        assert fix.usage.usd is not None
        assert len({str(one["output_config"]) for one in api.written}) == 1


def test_a_model_of_its_own_for_each_stage(tmp_path: Path) -> None:
    """The per-stage models of the settings are the ones asked; an unknown one has no price, not a zero."""
    models = replace(
        ONE_LOOK,
        stages=NO_TRIAGE
        | {"review": StageSettings("claude-sonnet-5-5"), "test": StageSettings("local-model")},
    )
    with reviewing(by_task(review=FOUND, test=TESTED), settings=models) as (reviewer, api):
        material = a_material(tmp_path)
        review = reviewer.review(material)
        test = reviewer.write_test(review.findings[0], material, PLACEMENT, ())

        assert [one["model"] for one in api.written] == ["claude-sonnet-5-5", "local-model"]
        assert review.usage.usd
        assert test.usage.usd is None


def test_requests_hold_no_sampling_parameters_and_ask_for_the_schema(tmp_path: Path) -> None:
    """What today's models refuse (temperature, forced tools, switched-off thinking) is not sent."""
    with reviewing(by_task(review=FOUND)) as (reviewer, api):
        reviewer.review(a_material(tmp_path))

        assert set(api.written[0]) == {"model", "max_tokens", "system", "messages", "output_config"}
        assert api.written[0]["output_config"]["format"]["type"] == "json_schema"
        assert api.written[0]["max_tokens"] <= 21_333


def test_each_stage_thinks_as_hard_as_it_is_told(tmp_path: Path) -> None:
    """A stage's own effort, else the common one; without either nothing is sent."""
    settings = replace(ONE_LOOK, effort="medium", stages=NO_TRIAGE | {"review": StageSettings(effort="max")})
    with reviewing(by_task(review=FOUND, test=TESTED), settings=settings) as (reviewer, api):
        material = a_material(tmp_path / "one")
        reviewer.write_test(reviewer.review(material).findings[0], material, PLACEMENT, ())
    with reviewing(by_task(review=FOUND)) as (reviewer, plain):
        reviewer.review(a_material(tmp_path / "two"))

    assert [one["output_config"].get("effort") for one in api.written] == ["max", "medium"]
    assert "effort" not in plain.requests[0]["output_config"]


def test_an_unknown_effort_is_the_operators_to_mend() -> None:
    """The sentence names those that there are."""
    with pytest.raises(SettingsError, match="low, medium, high, xhigh, max"):
        claude_reviewer(Settings(effort="hard"), build_client(api_key="k"))
