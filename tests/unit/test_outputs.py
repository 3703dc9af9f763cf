"""The outcome for programs and for people: each format holds everything, and a failure looks like one."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from rich.console import Console

import bot.publish
from bot.commands.review import command as review_command
from bot.commands.review import exit_code
from bot.errors import InputError
from bot.publish.outputs import json_report, markdown, sarif, terminal, workflow_commands
from bot.records import (
    Conclusion,
    Declined,
    Dropped,
    Examined,
    FlowStep,
    NotReviewed,
    Outcome,
    Proof,
    RegressionTest,
    Remark,
    Severity,
    Variant,
    Variants,
    Verdict,
)
from tests.fakes.published import findings, proven
from tests.fakes.records import a_change, a_finding

SCHEMA = Path(bot.publish.__file__).parent / "schema" / "suture.review.v1.json"
FLOW = (
    FlowStep("shop/customers.py", 4, "def by_city(city):"),
    FlowStep("shop/customers.py", 6, "return db.execute(query)"),
)
FULL = replace(
    findings(a_change(), replace(proven(), finding=replace(proven().finding, flow=FLOW))),
    dropped=(Dropped("A claim", "a.py", 3, "CWE-1", "no run confirmed it", "reproduce"),),
    not_reviewed=(NotReviewed("b.js", "no reviewer for it"),),
    remarks=(Remark("e.py", 7, "The line holds characters that nobody sees: U+202E."),),
    declined=(Declined("review", "a-model", "cyber", ("c.py:1",)),),
    variants=Variants(
        (Variant(proven().finding.id, "old/v.py", 3, "code()", "input reaches `code`", "calls of code"),),
        "9 of 10 Python files were not searched",
    ),
)
FAILED = Outcome(a_change(), Conclusion.FAILED, failure="The branch is gone. Push it again.")


def shown(outcome: Outcome) -> str:
    console = Console(file=io.StringIO(), width=200)
    terminal.render(outcome, console)
    written: io.StringIO = console.file  # type: ignore[assignment]  # what was given above
    return written.getvalue()


@pytest.mark.parametrize("outcome", [FULL, FAILED, Outcome(a_change(), Conclusion.CLEAN)])
def test_json_keeps_to_its_schema(outcome: Outcome):
    """Whatever the outcome, the report is valid against the published schema."""
    report = json.loads(json_report.render(outcome))

    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    assert report["conclusion"] == str(outcome.conclusion)


@pytest.mark.parametrize("render", [json_report.render, markdown.render, shown])
def test_nothing_is_left_out(render):
    """Findings with patch and test, what was dropped, declined and not reviewed stand in every format."""
    text = render(FULL)

    assert proven().finding.title in text
    assert "no run confirmed it" in text
    assert "b.js" in text
    assert "a-model" in text
    assert "U+202E" in text
    assert "old/v.py:3" in text or '"old/v.py"' in text
    assert "9 of 10 Python files" in text
    assert proven().test.path in text


@pytest.mark.parametrize("render", [json_report.render, markdown.render, sarif.render, shown])
def test_a_failure_says_what_to_do(render):
    """The failure's own sentence stands in every format, and the word clean in none."""
    text = render(FAILED)

    assert "The branch is gone. Push it again." in text
    assert "clean" not in text.lower()


def test_sarif_says_whether_all_was_reviewed():
    """A finding has a place, a level, a fingerprint; what was left out is a notification of the run."""
    (run,) = json.loads(sarif.render(FULL))["runs"]
    (result,) = run["results"]

    assert result["partialFingerprints"] == {"suture/v1": proven().finding.id}
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == proven().finding.path
    assert [one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]] == [
        "b.js: no reviewer for it",
        "e.py:7: The line holds characters that nobody sees: U+202E.",
        "Of the search for the same pattern elsewhere: 9 of 10 Python files were not searched.",
    ]
    failed = json.loads(sarif.render(FAILED))["runs"][0]
    assert failed["invocations"][0]["executionSuccessful"] is False


@pytest.mark.parametrize(
    ("conclusion", "severity", "verdict", "fail_on", "code"),
    [
        (Conclusion.CLEAN, None, None, "low", 0),
        (Conclusion.FINDINGS, Severity.HIGH, Verdict.PROVEN, "low", 1),
        (Conclusion.FINDINGS, Severity.HIGH, Verdict.REPRODUCED, "high", 1),
        (Conclusion.FINDINGS, Severity.HIGH, Verdict.PROVEN, "critical", 0),
        (Conclusion.FINDINGS, Severity.HIGH, Verdict.PROVEN, "never", 0),
        (Conclusion.INCOMPLETE, Severity.HIGH, Verdict.UNPROVEN, "low", 2),
        (Conclusion.INCOMPLETE, None, None, "never", 2),
        (Conclusion.FAILED, None, None, "never", 2),
    ],
)
def test_exit_code(conclusion, severity, verdict, fail_on: str, code: int):
    """0 clean, 1 findings at or above the threshold, 2 not fully reviewed or failed."""
    examined = (Examined(a_finding(severity=severity), Proof(verdict)),) if severity else ()

    assert exit_code(Outcome(a_change(), conclusion, examined), fail_on) == code


def test_a_gap_beside_findings_below_the_threshold():
    """What nobody reviewed is not made good by findings that are too mild to count."""
    shown = (Examined(a_finding(severity=Severity.LOW), Proof(Verdict.PROVEN)),)
    gap = (NotReviewed("b.js", "no reviewer for it"),)

    outcome = Outcome(a_change(), Conclusion.FINDINGS, shown, not_reviewed=gap)

    assert exit_code(outcome, "high") == 2
    assert exit_code(outcome, "low") == 1


def test_workflow_commands_cannot_be_broken_out_of():
    """Names and words of strangers stay inside their annotation: one line each, signs escaped."""
    finding = a_finding(path="a,b::c%.py", title="x\n::error::y", explanation="100%\r\n::add-mask::z\u202e")
    outcome = replace(FULL, examined=(Examined(finding, Proof(Verdict.REPRODUCED)),))

    found, remark, conclusion = workflow_commands.render(outcome).splitlines()

    assert found.startswith(
        "::error file=a%2Cb%3A%3Ac%25.py,line=2,endLine=2,title=CWE-89%3A x%0A%3A%3Aerror"
    )
    assert "::100%25%0A::add-mask::z⟨U+202E⟩%0A%0A" in found
    assert remark.startswith(f"::notice file={FULL.remarks[0].path},line=")
    assert conclusion.startswith("::notice title=Suture::Findings: 1 reproduced")


def test_workflow_commands_say_what_is_no_clean_bill():
    """A failure is an error with its sentence; what was left open is a warning."""
    (failed,) = workflow_commands.render(FAILED).splitlines()
    (open_end,) = workflow_commands.render(Outcome(a_change(), Conclusion.INCOMPLETE)).splitlines()

    assert failed.startswith("::error title=Suture::Failed")
    assert "Push it again." in failed
    assert open_end.startswith("::warning title=Suture::Incomplete")


def test_a_job_summary_is_cut_to_what_github_takes():
    """Whole findings are left out and counted, and the conclusion and the report stay."""
    test = RegressionTest("tests/test_a.py", "€" * 19_000)
    many = tuple(replace(proven(), test=test) for _ in range(40))

    text = markdown.render(replace(FULL, examined=many))

    assert len(text.encode()) < 1 << 20
    assert text.startswith("# Findings: 40 proven")
    assert "sections left out" in text
    assert text.count("```") % 2 == 0


@pytest.mark.parametrize("option", ["--output={}", "--also=json={}"])
def test_a_report_that_cannot_be_written_is_no_finding(tmp_path: Path, option: str):
    """Not the exit code of findings, and a sentence that names the file."""
    place = tmp_path / "missing" / "report.json"

    done = CliRunner().invoke(
        review_command, [str(tmp_path), "--base", "x", "--reviewer", "rules", option.format(place)]
    )

    assert isinstance(done.exception, InputError)
    assert str(place) in str(done.exception)
