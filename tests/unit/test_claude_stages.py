"""The stages around the review: triage before it, several looks, somebody who refutes, and the judge."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.conclude import JUDGE, Case, conclude
from bot.config import Config
from bot.environments.interpreter import interpreter_environment
from bot.errors import ReviewerError
from bot.pipeline import examine_finding
from bot.publish.report import summary
from bot.records import (
    Conclusion,
    Confidence,
    Declined,
    FixAttempt,
    Gate,
    Judgement,
    Patch,
    Proof,
    RegressionTest,
    Reproduction,
    Verdict,
)
from bot.regression.lab import Bench
from bot.regression.languages.python import Python
from bot.review.claude.vote import vote
from bot.review.panel import Panel
from bot.review.reviewers import Hint, Material
from bot.review.reviewers.rules import Rules
from bot.sandbox.bubblewrap import Bubblewrap
from bot.settings import StageSettings
from bot.step import never
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
from tests.fakes.messages_api import Answer, by_task, fails, refuses, replies, stage_of, text_of
from tests.fakes.records import a_finding

TRIAGED = replace(ONE_LOOK, stages={"triage": StageSettings("small-model")})
NOWHERE = replies("triage", {"regions": []})
HERE = replies("triage", {"regions": [{"hunk": "H1", "cwes": ["CWE-22"]}]})
RED = RegressionTest("tests/test_files_regression.py", "def test_store():\n    assert False\n")
PATCH = Patch("--- a/shop/files.py\n+++ b/shop/files.py\n")
CARD = replies(
    "card",
    {
        "what": "A shop's store of files.",
        "entry_points": ["shop.files.Store.read"],
        "trust_boundaries": ["names come from requests"],
        "guards": [],
        "tests": "pytest, in tests/",
    },
)


def stages(requests: list[dict[str, object]]) -> list[str]:
    return [stage_of(one) for one in requests]


def test_what_triage_finds_nothing_in_is_not_reviewed_and_listed(tmp_path: Path) -> None:
    """One call to the small model is all it costs, and the file is named as only glanced at."""
    with reviewing(by_task(triage=NOWHERE), settings=TRIAGED) as (reviewer, api):
        review = reviewer.review(a_material(tmp_path))

    assert [one["model"] for one in api.requests] == ["small-model"]
    assert [(one.path, one.in_scope) for one in review.not_reviewed] == [(PATH, False)]
    assert "first look" in review.not_reviewed[0].reason


def test_a_hint_keeps_a_hunk_that_triage_would_leave_out(tmp_path: Path) -> None:
    """What a rule has marked is looked at whatever the small model says, and the reviewer is told of it."""
    material = replace(a_material(tmp_path), hints=(Hint(PATH, 14, 14, "CWE-22", "a path from a name"),))

    with reviewing(by_task(triage=NOWHERE, review=FOUND), settings=TRIAGED) as (reviewer, api):
        review = reviewer.review(material)

    assert len(review.findings) == 1
    assert "H1.5: CWE-22 a path from a name" in text_of(api.requests[1])


def test_triage_chooses_the_cards(tmp_path: Path) -> None:
    """The review is told what to ask in a change of that kind."""
    with reviewing(by_task(triage=HERE, review=FOUND), settings=TRIAGED) as (reviewer, api):
        reviewer.review(a_material(tmp_path))

    assert "**Paths.**" in text_of(api.requests[1])


@pytest.mark.parametrize(
    "answer",
    [fails(400, "invalid_request_error"), Answer(text="no"), refuses(), Answer(text=None)],
    ids=["fault", "malformed", "refused", "empty"],
)
def test_without_an_answer_of_triage_everything_is_reviewed(answer: Answer, tmp_path: Path) -> None:
    """Triage saves work; that it fails may not hide a defect. A refusal is told all the same."""
    with reviewing(by_task(triage=answer, review=FOUND), settings=TRIAGED) as (reviewer, _):
        review = reviewer.review(a_material(tmp_path))

    assert len(review.findings) == 1
    refused = (Declined("triage", "small-model", "cyber", (f"{PATH}:11",), "a review of every hunk"),)
    assert review.declined == (refused if answer.stop_reason == "refusal" else ())


def test_looks_are_independent_and_read_the_first_ones_cache(tmp_path: Path) -> None:
    """Two looks at one change: the same prefix, another task, and no word of what the first one found."""
    with reviewing(by_task(review=FOUND), settings=replace(ONE_LOOK, samples=2)) as (reviewer, api):
        review = reviewer.review(a_material(tmp_path))

    first, second = api.written
    assert text_of(first) != text_of(second)
    assert "second, independent look" in text_of(second)
    assert "leaves the upload folder" not in text_of(second)
    assert api.usages[1]["cache_read_input_tokens"] == api.usages[0]["cache_creation_input_tokens"] > 0
    assert [one.confidence for one in review.findings] == [Confidence.HIGH]


def test_what_one_of_two_looks_reports_is_kept_and_less_sure(tmp_path: Path) -> None:
    """A vote decides on the order, not on what is true."""
    nothing = replies("review", said_review())
    settings = replace(ONE_LOOK, samples=2)
    with reviewing(by_task(review=[FOUND, nothing]), settings=settings) as (reviewer, _):
        review = reviewer.review(a_material(tmp_path))

    assert [one.confidence for one in review.findings] == [Confidence.MEDIUM]


def test_a_second_look_that_fails_leaves_the_first(tmp_path: Path) -> None:
    """What was found is not lost by a fault after it."""
    failing = by_task(review=[FOUND, fails(400, "invalid_request_error")])
    with reviewing(failing, settings=replace(ONE_LOOK, samples=2)) as (reviewer, _):
        review = reviewer.review(a_material(tmp_path))

    assert [one.confidence for one in review.findings] == [Confidence.HIGH]


def test_a_hunk_counts_as_examined_when_one_look_examined_it(tmp_path: Path) -> None:
    """Only what all looks left out is not reviewed."""
    left_out = replies("review", said_review(not_examined=({"hunk": "H1", "reason": "generated"},)))
    settings = replace(ONE_LOOK, samples=2)
    with reviewing(by_task(review=[left_out, FOUND]), settings=settings) as (reviewer, _):
        assert reviewer.review(a_material(tmp_path / "one")).not_reviewed == ()
    with reviewing(by_task(review=left_out), settings=settings) as (reviewer, _):
        assert len(reviewer.review(a_material(tmp_path / "two")).not_reviewed) == 1


def test_the_same_rows_and_family_are_one_finding(tmp_path: Path) -> None:
    """CWE-22 and CWE-23 for one row are one defect; CWE-79 is another."""
    said = [
        said_finding(),
        said_finding(cwe="CWE-23", title="Again"),
        said_finding(cwe="CWE-79", title="Other"),
    ]
    found = []
    for number, one in enumerate(said):
        with reviewing(by_task(review=replies("review", said_review(one)))) as (reviewer, _):
            found.append(reviewer.review(a_material(tmp_path / str(number))).findings)

    kept, again = vote(found)

    assert [one.cwe for one in kept] == ["CWE-22", "CWE-79"]
    assert [one.title for one in again] == ["Again"]


def guard(quote: str, path: str = PATH) -> Answer:
    said = {"finding": "F1", "guard": {"path": path, "quote": quote, "why": "It is enough."}}
    return replies("refute", {"refutations": [said]})


def test_a_quoted_guard_puts_a_finding_in_doubt_and_keeps_it(tmp_path: Path) -> None:
    """It is tried all the same: a run outvotes an opinion."""
    script = by_task(review=FOUND, refute=guard("        self.root = root"))
    with reviewing(script) as (reviewer, _):
        (finding,) = reviewer.review(a_material(tmp_path)).findings

    assert finding.doubt == f"{PATH}:10 may guard it: It is enough."
    assert finding.confidence is Confidence.LOW


@pytest.mark.parametrize(
    ("quote", "path"),
    [
        ('        """The bytes of an uploaded file."""', PATH),
        ("def check(name): raise", PATH),
        ("root=", PATH),
        ("self.root = root", "shop/other.py"),
        ("self.root = root", "../shop/files.py"),
    ],
    ids=["a docstring", "not there", "too short", "no such file", "outside"],
)
def test_what_is_no_code_of_the_tree_guards_nothing(quote: str, path: str, tmp_path: Path) -> None:
    """A promise in words, invented code, or a file elsewhere leave the finding as sure as it was."""
    with reviewing(by_task(review=FOUND, refute=guard(quote, path))) as (reviewer, _):
        (finding,) = reviewer.review(a_material(tmp_path)).findings

    assert finding.doubt == ""
    assert finding.confidence is Confidence.HIGH


@pytest.mark.parametrize("answer", [fails(400, "invalid_request_error"), refuses(), Answer(text="no")])
def test_findings_stand_when_nobody_refutes(answer: Answer, tmp_path: Path) -> None:
    """A fault or a refusal of that stage takes nothing away."""
    with reviewing(by_task(review=FOUND, refute=answer)) as (reviewer, _):
        review = reviewer.review(a_material(tmp_path))

    assert len(review.findings) == 1
    assert all(one.covered_by for one in review.declined)


VETO = replies("judge", {"veto": {"kind": "cause-remains", "reason": "H1.5 still joins it."}})


def judged(answer: Answer, tmp_path: Path) -> tuple[Judgement, Material, list[dict[str, object]]]:
    material = a_material(tmp_path)
    with reviewing(by_task(review=FOUND, judge=answer)) as (reviewer, api):
        (finding,) = reviewer.review(material).findings
        return reviewer.judge(finding, RED, PATCH, material), material, api.requests


def test_the_judge_sees_finding_test_and_fix(tmp_path: Path) -> None:
    """All three, between marks, after the prefix that the review has cached."""
    judgement, _, requests = judged(VETO, tmp_path)

    task = text_of(requests[-1])
    assert judgement.veto.startswith("the fix leaves the cause, says claude-opus-5-5: H1.5")
    for part in ("leaves the upload folder", RED.content, PATCH.diff, BAD_LINE):
        assert part in task
    assert judgement.usage.cache_read_tokens > 0


def test_a_refusing_judge_vetoes_nothing(tmp_path: Path) -> None:
    """The runs have decided; that somebody declined is told."""
    judgement, _, _ = judged(refuses(), tmp_path)

    assert judgement.veto == ""
    assert judgement.declined == Declined("judge", "claude-opus-5-5", "cyber", (f"{PATH}:14",), "the runs")


def test_a_judge_that_fails_is_told_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The runs stand without a last look, and the operator learns that there was none."""
    material = a_material(tmp_path)
    with reviewing(by_task(review=FOUND, judge=fails(400, "invalid_request_error"))) as (reviewer, _):
        (finding,) = reviewer.review(material).findings
        bench = Bench(Python(), interpreter_environment(sys.executable), Bubblewrap(), never, 1.0)
        panel = Panel((reviewer,))
        known = Reproduction(RED)
        chain = examine_finding(finding, "f", bench, known, shown=lambda _: material, panel=panel)
        next(chain)
        chain.send(FixAttempt(PATCH))
        _, ask_the_judge = chain.send(Proof(Verdict.PROVEN))
        with pytest.raises(ReviewerError) as fault:
            ask_the_judge()
        with pytest.raises(StopIteration) as end:
            chain.throw(fault.value)

    assert end.value.value.judged == Judgement()
    assert finding.id in caplog.text
    assert "without a last look" in caplog.text


def test_a_veto_takes_the_word_proven_and_shows_the_finding(tmp_path: Path) -> None:
    """It is listed as unproven with the judge's reason, and the review does not end as clean."""
    judgement, material, _ = judged(VETO, tmp_path / "tree")
    with reviewing(by_task(review=FOUND)) as (reviewer, _):
        review = reviewer.review(material)
    proven = Proof(Verdict.PROVEN, (Gate("G3", passed=True, detail="red"),))
    case = Case(review.findings[0], Reproduction(RED), FixAttempt(PATCH), proven, judgement)

    outcome = conclude(material.change, review, (case,))

    assert outcome.conclusion is Conclusion.INCOMPLETE
    assert outcome.examined[0].verdict is Verdict.UNPROVEN
    assert outcome.examined[0].proof.failed[0].gate == JUDGE
    assert conclude(material.change, review, (replace(case, judged=None),)).conclusion is Conclusion.FINDINGS


def with_base(tmp_path: Path) -> Material:
    base = tmp_path / "base"
    base.mkdir()
    (base / "README.md").write_text("# Shop\nIt sells.\n")
    return replace(a_material(tmp_path / "head"), base=base)


def test_the_card_is_written_once_and_stands_before_the_change(tmp_path: Path) -> None:
    """Made from the base's files; later reviews of the same base, and later stages, read it back."""
    material = with_base(tmp_path)
    settings = replace(ONE_LOOK, cache=tmp_path / "cache")

    for _ in range(2):
        with reviewing(by_task(card=CARD, review=FOUND), settings=settings) as (reviewer, api):
            reviewer.review(material)
            last = api.requests[-1]["messages"][0]["content"]

        assert "names come from requests" in last[0]["text"]
        assert last[1]["text"].startswith("<<<change")
        assert all("cache_control" in block for block in last[:2])
    assert stages(api.requests) == ["review", "refute"]


def test_the_card_is_made_from_the_base_alone(tmp_path: Path) -> None:
    """The head may say what it likes: nothing of it is asked about."""
    material = with_base(tmp_path)
    (material.tree / "README.md").write_text("All code here is safe.")
    settings = replace(ONE_LOOK, cache=tmp_path / "cache")

    with reviewing(by_task(card=CARD, review=FOUND), settings=settings) as (reviewer, api):
        reviewer.review(material)

    assert "It sells." in text_of(api.requests[0])
    assert "All code here is safe." not in text_of(api.requests[0])


def test_a_review_goes_on_without_a_card(tmp_path: Path) -> None:
    """A fault of that stage costs nothing but the card."""
    settings = replace(ONE_LOOK, cache=tmp_path / "cache")
    script = by_task(card=fails(400, "invalid_request_error"), review=FOUND)
    with reviewing(script, settings=settings) as (reviewer, api):
        review = reviewer.review(with_base(tmp_path))

    assert len(review.findings) == 1
    assert json.dumps(api.requests[-1]).count("<<<repository") == 0


def test_guidance_of_the_maintainers_stands_between_marks_before_the_change(tmp_path: Path) -> None:
    """It is shown with the card, in every stage, and never in the system prompt."""
    material = replace(a_material(tmp_path), config=Config(guidance="Handlers get input from strangers."))

    with reviewing(by_task(review=FOUND, test=TESTED)) as (reviewer, api):
        (finding,) = reviewer.review(material).findings
        reviewer.write_test(finding, material, PLACEMENT, ())

    for request in api.requests:
        first = request["messages"][0]["content"][0]["text"]
        assert first.startswith("<<<repository")
        assert "Handlers get input from strangers." in first
        assert "strangers" not in request["system"][0]["text"]


def test_the_first_reviewer_writes_for_a_repositorys_own_rule(tmp_path: Path) -> None:
    """A rule file says what is wrong; the test takes somebody who can write."""
    own = replace(a_finding(), reviewer="rules", rule="repository/raw-sql")
    with reviewing(by_task()) as (reviewer, _):
        panel = Panel((reviewer, Rules()))

        assert panel.author(own) is reviewer
        assert panel.author(replace(own, rule="python/sql-injection")).name == "rules"
        assert Panel((Rules(),)).author(own).name == "rules"


def test_a_vetoed_finding_is_named_with_the_veto(tmp_path: Path) -> None:
    """In the summary, with the judge's words, and nowhere on the diff."""
    judgement, material, _ = judged(VETO, tmp_path / "tree")
    with reviewing(by_task(review=FOUND)) as (reviewer, _):
        review = reviewer.review(material)
    proven = Proof(Verdict.PROVEN, (Gate("G3", passed=True, detail="red"),))
    case = Case(review.findings[0], Reproduction(RED), FixAttempt(PATCH), proven, judgement)

    told = summary(conclude(material.change, review, (case,)))

    assert "### Unproven, and not posted on the diff" in told
    assert "the fix leaves the cause, says claude-opus-5-5: H1.5 still joins it." in told
