"""The proof as `suture.proof/v1` (schema/suture.proof.v1.json): what was seen, and how to see it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot import __version__
from bot.records import Gate, Patch, Proof, RegressionTest, Run

SCHEMA = "suture.proof/v1"


@dataclass(frozen=True, slots=True)
class Head:
    """The commit that was judged. Its tree is what was really run: it tells the files without the history."""

    commit: str
    tree: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What the runs of a proof have in common."""

    environment: str  # its key: same key, same environment
    label: str  # the environment in words
    python_path: tuple[str, ...]  # folders of the repository that were named to import from
    test_budget: float  # seconds for one run of the repository's own tests


def proof_document(
    head: Head, setting: Setting, proof: Proof, patch: Patch, test: RegressionTest
) -> dict[str, Any]:
    """The whole document, ready for JSON."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "head": head.commit,
        "tree": head.tree,
        "verdict": str(proof.verdict),
        "gates": [gate_document(gate) for gate in proof.gates],
        "environment": {
            "key": setting.environment,
            "label": setting.label,
            "python_path": list(setting.python_path),
            "test_budget": setting.test_budget,
        },
        "runs": [run_document(run) for run in proof.runs],
        "patch": {"sha256": digest(patch.diff), "diff": patch.diff},
        "test": {
            "path": test.path,
            "sha256": digest(test.content),
            "declared": _declared(test),
            "content": test.content,
        },
    }


def render(document: Mapping[str, Any]) -> str:
    """The JSON text that is printed and, where a digest of it is given, digested; ends with a line feed."""
    return json.dumps(document, indent=2) + "\n"


def error_document(message: str, schema: str = SCHEMA) -> dict[str, Any]:
    """The document of what could not be run."""
    return {"schema": schema, "version": __version__, "error": message}


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
        "python_path": list(run.python_path),
        "conditions": run.conditions,
        "environment": run.environment,
        "status": str(run.status),
        "exit_code": run.exit_code,
        "seconds": round(run.seconds, 3),
        "outcomes": {one.id: str(one.status) for one in run.outcomes},
    }


def _declared(test: RegressionTest) -> str | None:
    return f"{test.declared.kind}:{test.declared.value}" if test.declared else None


def digest(text: str) -> str:
    """SHA-256 of a text as it stands in a file."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
