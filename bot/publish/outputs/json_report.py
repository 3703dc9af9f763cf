"""The outcome as `suture.review/v1` JSON, the machine format of `suture review`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from bot.records import Examined, Outcome, Run

SCHEMA = "suture.review/v1"


def render(outcome: Outcome) -> str:
    """JSON text, valid against bot/publish/schema/suture.review.v1.json; ends with a line feed."""
    return json.dumps(report(outcome), indent=2, ensure_ascii=False) + "\n"


def report(outcome: Outcome) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "schema": SCHEMA,
        "base": outcome.change.base_sha,
        "head": outcome.change.head_sha,
        "conclusion": str(outcome.conclusion),
        "failure": outcome.failure,
        "findings": [_finding(one) for one in outcome.examined],
        "dropped": [asdict(one) for one in outcome.dropped],
        "not_reviewed": [asdict(one) for one in outcome.not_reviewed],
        "remarks": [asdict(one) for one in outcome.remarks],
        "variants": [asdict(one) for one in outcome.variants.found],
        "variants_left_out": outcome.variants.left_out,
        "declined": [{**asdict(one), "hunks": list(one.hunks)} for one in outcome.declined],
        "usage": asdict(outcome.usage),
    }


def _finding(one: Examined) -> dict[str, Any]:
    finding = one.finding
    return {
        "id": finding.id,
        "path": finding.path,
        "start_line": finding.start_line,
        "end_line": finding.end_line,
        "cwe": finding.cwe,
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "title": finding.title,
        "explanation": finding.explanation,
        "impact": finding.impact,
        "claim": asdict(finding.claim),
        "reviewer": finding.reviewer,
        "rule": finding.rule,
        "flow": [asdict(step) for step in finding.flow],
        "verdict": str(one.verdict),
        "patch": one.patch.diff if one.patch else None,
        "test": {"path": one.test.path, "content": one.test.content} if one.test else None,
        "proof": {
            "gates": [
                {
                    "gate": gate.gate,
                    "passed": gate.passed,
                    "skipped": gate.skipped,
                    "reason": str(gate.reason),
                    "detail": gate.detail,
                }
                for gate in one.proof.gates
            ],
            "runs": [run_report(run) for run in one.proof.runs],
        },
    }


def run_report(run: Run) -> dict[str, Any]:
    """One run as plain data; `outcomes` maps each test id to its status."""
    return {
        "tree": run.tree,
        "command": list(run.command),
        "conditions": run.conditions,
        "environment": run.environment,
        "status": str(run.status),
        "exit_code": run.exit_code,
        "seconds": round(run.seconds, 3),
        "outcomes": {one.id: str(one.status) for one in run.outcomes},
    }
