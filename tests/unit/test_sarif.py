"""SARIF: valid against the official schema, its fixes exact to the byte, and nothing passed off as proven."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sarif_kit.validate import validation_errors

from bot.fix.patches import make_patch
from bot.publish.outputs import sarif
from bot.publish.replacements import replacements
from bot.records import (
    Conclusion,
    Dropped,
    Examined,
    FlowStep,
    Gate,
    NotReviewed,
    Outcome,
    Patch,
    Proof,
    Remark,
    Variant,
    Variants,
    Verdict,
)
from tests.fakes.published import AFTER, PATH, TEST, findings, proven
from tests.fakes.records import a_change, a_finding

FLOW = (FlowStep(PATH, 4, "def by_city(city):"), FlowStep(PATH, 6, "return db.execute(query)  # [a](b)"))
UNPROVEN = Examined(
    a_finding(id="f" * 16, title="A guess"),
    Proof(Verdict.UNPROVEN, (Gate("G2", passed=False, detail="no sandbox here"),)),
)
FULL = replace(
    findings(
        a_change(),
        replace(proven(), finding=replace(proven().finding, flow=FLOW, path="shop/a b:é.py")),
        replace(proven(), proof=Proof(Verdict.REPRODUCED), patch=None),
        UNPROVEN,
    ),
    dropped=(Dropped("Known", "a.py", 3, "CWE-1", "ours alone", "config"),),
    not_reviewed=(NotReviewed("b.js", "no reviewer for it"),),
    remarks=(Remark("e.py", 7, "hidden \u202e"),),
    variants=Variants((Variant(proven().finding.id, "old/v.py", 3, "code()", "[x](y) is it", "a rule"),)),
)
OUTCOMES = {
    "full": FULL,
    "failed": Outcome(a_change(), Conclusion.FAILED, failure="The branch is gone. Push it again."),
    "clean": Outcome(a_change(), Conclusion.CLEAN),
}


def run_of(outcome: Outcome, **options: bool) -> dict[str, Any]:
    (run,) = json.loads(sarif.render(outcome, **options))["runs"]
    return run


@pytest.mark.parametrize("for_upload", [False, True])
@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_valid_against_the_official_schema(outcome: Outcome, *, for_upload: bool):
    """Whatever the outcome holds: findings with all their parts, failures, nothing at all."""
    assert validation_errors(json.loads(sarif.render(outcome, for_upload=for_upload))) == []


def test_the_schema_is_one_that_refuses():
    """A property that SARIF does not know is an error: the check above can fail."""
    log = json.loads(sarif.render(FULL))
    log["runs"][0]["results"][0]["flows"] = []

    assert validation_errors(log)


def test_results_are_what_a_run_confirmed():
    """A claim that was not put to the test is a note of the run and no alert; so is what was left out."""
    run = run_of(FULL)

    assert [one["properties"]["verdict"] for one in run["results"]] == ["proven", "reproduced"]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert [(one["level"], one["message"]["text"]) for one in notes] == [
        ("warning", "b.js: no reviewer for it"),
        ("note", "shop/customers.py:2: unproven: A guess: no sandbox here"),
        ("note", "e.py:7: hidden ⟨U+202E⟩"),
        ("note", "a.py:3: Known: ours alone"),
    ]


def test_flow_test_and_fix_stand_with_the_finding():
    """The way as a code flow, the test as a related place with its content, the patch as replacements."""
    run = run_of(FULL)
    first, second = run["results"]

    ((steps,),) = [one["threadFlows"] for one in first["codeFlows"]]
    places = [one["location"]["physicalLocation"]["region"]["startLine"] for one in steps["locations"]]
    assert places == [4, 6]
    assert steps["locations"][1]["location"]["message"]["text"] == "return db.execute(query)  # [a] (b)"
    related, sibling = first["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == TEST.path
    assert "green" in related["message"]["text"]
    assert sibling["physicalLocation"]["artifactLocation"]["uri"] == "old/v.py"
    assert sibling["message"]["text"] == "Same pattern elsewhere, not put to the test: [x] (y) is it"
    assert "green" not in second["relatedLocations"][0]["message"]["text"]
    assert [one["contents"]["text"] for one in run["artifacts"]] == [TEST.content]
    (change,) = first["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == PATH
    assert "codeFlows" not in second
    assert "fixes" not in second


def test_hostile_path_is_an_address_of_the_repository():
    """A blank, a colon or another sign of a path cannot make its address another one."""
    place = run_of(FULL)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]

    assert place == {"uri": "shop/a%20b%3A%C3%A9.py", "uriBaseId": "%SRCROOT%"}


def test_only_an_upload_has_the_fingerprint_of_code_scanning():
    """Its upload action computes that of a file itself, and finds fault with any other."""
    (plain, _), (sent, _) = (run_of(FULL, for_upload=one)["results"] for one in (False, True))

    assert set(plain["partialFingerprints"]) == {"suture/v1"}
    assert sent["partialFingerprints"]["primaryLocationLineHash"].startswith(
        plain["partialFingerprints"]["suture/v1"]
    )


def applied(changes: list[dict[str, Any]], text: str) -> str:
    """What SARIF's replacements make of a text: places are lines and columns, each region is cut out."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    for part in reversed(changes):
        region = part["deletedRegion"]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        assert start <= end <= len(text)
        text = text[:start] + part["insertedContent"]["text"] + text[end:]
    return text


def fixes_of(patch: Patch) -> list[dict[str, Any]]:
    """The replacements of the first file that the patch changes."""
    run = run_of(findings(a_change(), replace(proven(), patch=patch)))
    (fix,) = run["results"][0]["fixes"]
    return fix["artifactChanges"][0]["replacements"]


def test_the_fix_of_a_finding_applies():
    """The replacements make of the head's file what the patch makes of it."""
    fixed = applied(fixes_of(proven().patch), AFTER)

    assert "city = ?" in fixed
    assert "(city,)" in fixed
    assert len(fixed.splitlines()) == len(AFTER.splitlines())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["a\n", "b\n", "\n", "é\u2028\n", "  c\x0c\n"]), min_size=1, max_size=30),
    st.data(),
)
def test_replacements_make_the_patched_file(before: list[str], data: st.DataObject):
    """Lines taken out, put in or changed, anywhere: to the letter."""
    after = list(before)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(after)))
        after[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.lists(st.just("new\n"), max_size=2)
        )
    old, new = "".join(before), "".join(after)
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "a.py").write_bytes(old.encode())
        patch = make_patch({"a.py": new}, Path(name))
    if old == new or not new:
        assert replacements(patch) == ()  # nothing to say, or no line left to say it with
    else:
        assert applied(fixes_of(patch), old) == new


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = 1\r\n", "a = 2\r\n"),
        ("a = 1", "a = 2"),
        ("a = 1\n", "a = 1"),
        (None, "a = 1\n"),
        ("a = 1\n", ""),
    ],
)
def test_what_cannot_be_said_exactly_is_not_said(tmp_path: Path, before: str | None, after: str):
    """Other line ends, a missing last one and new files are left to the patch itself."""
    if before is not None:
        (tmp_path / "a.py").write_bytes(before.encode())

    assert replacements(make_patch({"a.py": after}, tmp_path)) == ()
