"""The outcome as SARIF 2.1.0, for code scanning and editors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from bot import __version__
from bot.publish import texts
from bot.publish.neutral import visible
from bot.publish.replacements import replacements
from bot.records import Conclusion, Examined, Outcome, Severity, Variant, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVEL = {
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
# GitHub's ranks for `security-severity`: over 9.0 critical, 7.0 high, 4.0 medium, below low
SCORE = {Severity.LOW: "2.0", Severity.MEDIUM: "5.5", Severity.HIGH: "8.0", Severity.CRITICAL: "9.5"}


def render(outcome: Outcome, *, for_upload: bool = False) -> str:
    """SARIF text with one run; ends with a line feed.

    Results are the proven and reproduced findings alone: code scanning shows every result as an alert, of
    whatever kind. What was not put to the test, not reviewed or left out is a notification of the run.
    `for_upload` adds the fingerprint by which code scanning knows an alert again; its own upload action
    computes that itself.
    """
    shown = [one for one in outcome.examined if one.verdict is not Verdict.UNPROVEN]
    rules = {_rule_id(one): one for one in reversed(shown)}
    driver = {
        "name": "Suture",
        "semanticVersion": __version__,
        "rules": [_rule(name, one) for name, one in sorted(rules.items())],
    }
    tests = {one.test.path: one.test.content for one in shown if one.test}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "suture/"},
        "invocations": [_invocation(outcome)],
        "columnKind": "unicodeCodePoints",
        "artifacts": [
            {"location": _location_of(path), "roles": ["added"], "contents": {"text": content}}
            for path, content in tests.items()
        ],
        "results": [_result(one, outcome, for_upload=for_upload) for one in shown],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(outcome: Outcome) -> dict[str, Any]:
    return {
        "executionSuccessful": outcome.conclusion in {Conclusion.CLEAN, Conclusion.FINDINGS},
        "toolExecutionNotifications": [
            {"level": level, "message": {"text": _plain(text)}} for level, text in _notifications(outcome)
        ],
    }


def _notifications(outcome: Outcome) -> Iterator[tuple[str, str]]:
    if outcome.failure:
        yield "warning", outcome.failure
    for left in outcome.not_reviewed:
        yield "warning", f"{left.path}: {left.reason}"
    for one in outcome.examined:
        if one.verdict is Verdict.UNPROVEN:
            finding = one.finding
            why = "; ".join(gate.detail for gate in one.proof.failed) or "no run says anything of it"
            yield "note", f"{finding.path}:{finding.start_line}: unproven: {finding.title}: {why}"
    for remark in outcome.remarks:
        yield "note", f"{remark.path}:{remark.line}: {remark.what}"
    if outcome.variants.left_out:
        yield "note", f"{texts.VARIANTS_LEFT_OUT}{outcome.variants.left_out}."
    for gone in outcome.exempted:
        yield "note", f"{gone.path}:{gone.line}: {gone.title}: {gone.reason}"


def _plain(text: str) -> str:
    """Words in which nothing is hidden and `[text](address)`, SARIF's link, stands as it is written."""
    return visible(text).replace("](", "] (")


def _rule_id(one: Examined) -> str:
    return one.finding.rule or one.finding.cwe


def _rule(name: str, one: Examined) -> dict[str, Any]:
    number = one.finding.cwe.removeprefix("CWE-")
    return {
        "id": name,
        "shortDescription": {"text": _plain(one.finding.title)},
        "helpUri": f"https://cwe.mitre.org/data/definitions/{number}.html",
        "properties": {
            "tags": ["security", f"external/cwe/cwe-{number.lower()}"],
            "security-severity": SCORE[one.finding.severity],
        },
    }


def _result(one: Examined, outcome: Outcome, *, for_upload: bool) -> dict[str, Any]:
    finding = one.finding
    region = {
        "startLine": finding.start_line,
        "endLine": finding.end_line,
        "snippet": {"text": finding.quote},
    }
    result = {
        "ruleId": _rule_id(one),
        "level": LEVEL[finding.severity],
        "message": {"text": _plain(f"{finding.title}. {finding.explanation} ({one.verdict})")},
        "locations": [
            {"physicalLocation": {"artifactLocation": _location_of(finding.path), "region": region}}
        ],
        "partialFingerprints": {
            "suture/v1": finding.id,
            **({"primaryLocationLineHash": f"{finding.id}:1"} if for_upload else {}),
        },
        "properties": {"verdict": str(one.verdict), "head": outcome.change.head_sha, "cwe": finding.cwe},
    }
    more = {
        "codeFlows": _flows(one),
        "relatedLocations": _related(one, outcome.variants.found),
        "fixes": _fixes(one),
    }
    return result | {name: value for name, value in more.items() if value}


def _location_of(path: str) -> dict[str, str]:
    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}


def _flows(one: Examined) -> list[dict[str, Any]]:
    steps = [
        {
            "location": {
                "physicalLocation": {
                    "artifactLocation": _location_of(step.path),
                    "region": {"startLine": step.line},
                },
                "message": {"text": _plain(step.code)},
            }
        }
        for step in one.finding.flow
    ]
    return [{"threadFlows": [{"locations": steps}]}] if steps else []


def _related(one: Examined, variants: tuple[Variant, ...]) -> list[dict[str, Any]]:
    """The regression test, and the other places with the same pattern."""
    related: list[tuple[dict[str, Any], str]] = []
    if one.test is not None:
        text = texts.RED_AND_GREEN if one.verdict is Verdict.PROVEN else texts.RED
        related.append(({"artifactLocation": _location_of(one.test.path)}, text))
    for other in variants:
        if other.finding == one.finding.id:
            region = {"startLine": other.line, "snippet": {"text": other.quote}}
            place = {"artifactLocation": _location_of(other.path), "region": region}
            related.append((place, f"{texts.VARIANTS}: {other.why}"))
    return [
        {"id": number, "physicalLocation": place, "message": {"text": _plain(text)}}
        for number, (place, text) in enumerate(related, 1)
    ]


def _fixes(one: Examined) -> list[dict[str, Any]]:
    """The proven patch, where it can be said exactly as lines to replace."""
    made = replacements(one.patch) if one.patch and one.verdict is Verdict.PROVEN else ()
    changes: dict[str, list[dict[str, Any]]] = {}
    for part in made:
        region = {"startLine": part.start_line, "startColumn": 1}
        region |= {"endLine": part.end_line, "endColumn": part.end_column}
        inserted = {"deletedRegion": region, "insertedContent": {"text": part.text}}
        changes.setdefault(part.path, []).append(inserted)
    if not changes or one.patch is None:
        return []
    return [
        {
            "description": {"text": _plain(one.patch.strategy or f"Fix {one.finding.cwe}")},
            "artifactChanges": [
                {"artifactLocation": _location_of(path), "replacements": parts}
                for path, parts in changes.items()
            ],
        }
    ]
