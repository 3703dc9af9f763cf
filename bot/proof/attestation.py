"""The proof as an in-toto Statement v1, for programs that decide by attestations; signing it is their work.

Why a predicate type of our own. in-toto has one for test results (v0.1): one invocation of a suite on the
subject, good when nothing failed. A proof is the contrast of many runs on two trees, and a test has to fail
on one of them: written as a test result it would read as a failure, or leave out the half that proves.

Why patch and test are the subjects, and the head is not. Consumers match subjects by digest alone. The head
is the commit with the defect; a policy that asks "is there a proven statement about this commit?" must not
find one. So head and tree stand in the predicate, as resource descriptors, and a policy compares them there.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bot.proof.evidence import render as render_proof

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://suture.invalid/proof/v1"  # a name, not an address: .invalid can belong to nobody


def statement(proof: Mapping[str, Any]) -> dict[str, Any]:
    """The Statement about a `suture.proof/v1` document, ready for JSON."""
    return {
        "_type": STATEMENT,
        "subject": [
            {"name": "patch", "digest": {"sha256": proof["patch"]["sha256"]}},
            {"name": "test", "digest": {"sha256": proof["test"]["sha256"]}},
        ],
        "predicateType": PREDICATE,
        "predicate": {
            "suture": {"version": proof["version"]},
            "verdict": proof["verdict"],
            "head": {"name": "head", "digest": {"gitCommit": proof["head"]}},
            "tree": {"name": "tree", "digest": {"gitTree": proof["tree"]}},
            "test": {"path": proof["test"]["path"], "declared": proof["test"]["declared"]},
            "environment": {
                "key": proof["environment"]["key"],
                "pythonPath": proof["environment"]["python_path"],
            },
            "gates": [
                {name: gate[name] for name in ("gate", "passed", "skipped", "reason")}
                for gate in proof["gates"]
            ],
            "runs": [_run(run) for run in proof["runs"]],
            "proof": {
                "name": "proof.json",
                "mediaType": "application/json",
                "digest": {"sha256": hashlib.sha256(render_proof(proof).encode()).hexdigest()},
            },
        },
    }


def render(proof: Mapping[str, Any]) -> str:
    """The Statement's text: the same bytes for the same proof. Ends with a line feed."""
    return json.dumps(statement(proof), indent=2, sort_keys=True) + "\n"


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    """A run in short; the commands, and what became of each test, stand in the proof."""
    return {
        "tree": run["tree"],
        "conditions": run["conditions"],
        "status": run["status"],
        "exitCode": run["exit_code"],
        "tests": dict(sorted(Counter(run["outcomes"].values()).items())),
    }
