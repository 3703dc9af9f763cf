"""The outcome as SARIF 2.1.0, for code scanning and editors."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from bot import __version__
from bot.publish.neutral import visible
from bot.records import Conclusion, Examined, Outcome, Severity, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVEL = {
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
# GitHub's ranks for `security-severity`: over 9.0 critical, 7.0 high, 4.0 medium, below low
SCORE = {Severity.LOW: "2.0", Severity.MEDIUM: "5.5", Severity.HIGH: "8.0", Severity.CRITICAL: "9.5"}


def render(outcome: Outcome) -> str:
    """SARIF text with one run; proven and reproduced findings only; ends with a line feed."""
    shown = [one for one in outcome.examined if one.verdict is not Verdict.UNPROVEN]
    rules = {_rule_id(one): one for one in reversed(shown)}
    driver = {
        "name": "Suture",
        "semanticVersion": __version__,
        "rules": [_rule(name, one) for name, one in sorted(rules.items())],
    }
    complete = outcome.conclusion in {Conclusion.CLEAN, Conclusion.FINDINGS}
    notes = [f"{one.path}: {one.reason}" for one in outcome.not_reviewed]
    remarks = [f"{one.path}:{one.line}: {one.what}" for one in outcome.remarks]
    remarks += [f"{one.path}:{one.line}: {one.title}: {one.reason}" for one in outcome.exempted]
    if outcome.failure:
        notes.insert(0, outcome.failure)
    invocation = {
        "executionSuccessful": complete,
        "toolExecutionNotifications": [
            *({"level": "warning", "message": {"text": _plain(note)}} for note in notes),
            *({"level": "note", "message": {"text": _plain(note)}} for note in remarks),
        ],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, outcome.change.head_sha) for one in shown],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


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


def _result(one: Examined, head: str) -> dict[str, Any]:
    finding = one.finding
    region = {
        "startLine": finding.start_line,
        "endLine": finding.end_line,
        "snippet": {"text": finding.quote},
    }
    return {
        "ruleId": _rule_id(one),
        "level": LEVEL[finding.severity],
        "message": {"text": _plain(f"{finding.title}. {finding.explanation} ({one.verdict})")},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(finding.path), "uriBaseId": "%SRCROOT%"},
                    "region": region,
                }
            }
        ],
        "partialFingerprints": {"suture/v1": finding.id},
        "properties": {"verdict": str(one.verdict), "head": head, "cwe": finding.cwe},
    }
