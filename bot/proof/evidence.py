"""The proof as `suture.proof/v1` (schema/suture.proof.v1.json): what was seen, and how to see it again."""

from __future__ import annotations

import hashlib
from typing import Any

from bot import __version__
from bot.records import Gate, Patch, Proof, RegressionTest, Run

SCHEMA = "suture.proof/v1"


def proof_document(head_sha: str, proof: Proof, patch: Patch, test: RegressionTest) -> dict[str, Any]:
    """The whole document, ready for JSON."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "head": head_sha,
        "verdict": str(proof.verdict),
        "gates": [gate_document(gate) for gate in proof.gates],
        "runs": [run_document(run) for run in proof.runs],
        "patch": {"sha256": _digest(patch.diff)},
        "test": {"path": test.path, "sha256": _digest(test.content), "declared": _declared(test)},
    }


def error_document(message: str) -> dict[str, Any]:
    """The document of a proof that could not be run."""
    return {"schema": SCHEMA, "version": __version__, "error": message}


def gate_document(gate: Gate) -> dict[str, Any]:
    """One gate's answer."""
    return {
        "gate": gate.gate,
        "passed": gate.passed,
        "skipped": gate.skipped,
        "reason": str(gate.reason),
        "detail": gate.detail,
    }


def run_document(run: Run) -> dict[str, Any]:
    """One run, with what became of each test."""
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


def _declared(test: RegressionTest) -> str | None:
    return f"{test.declared.kind}:{test.declared.value}" if test.declared else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
