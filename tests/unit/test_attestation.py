"""The in-toto Statement: as the specification has it, its digests right, its bytes the same every time."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import bot.proof
from bot.proof.attestation import render
from bot.proof.evidence import proof_document
from bot.proof.evidence import render as render_proof
from bot.records import Proof
from tests.fakes.proofs import HEAD, PATCH, PROVEN, REPRODUCED, SETTING, TEST

OURS = json.loads((Path(bot.proof.__file__).parent / "schema" / "suture.attestation.v1.json").read_text())
HEX = "^[0-9a-f]+$"
# in-toto attestation specification v1: Statement, ResourceDescriptor, DigestSet, TypeURI
DESCRIPTOR = {
    "type": "object",
    "anyOf": [{"required": ["uri"]}, {"required": ["digest"]}, {"required": ["content"]}],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "uri": {"type": "string"},
        "digest": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {
                "sha256": {"type": "string", "pattern": HEX, "minLength": 64, "maxLength": 64},
                "gitCommit": {"type": "string", "pattern": HEX, "minLength": 40, "maxLength": 64},
                "gitTree": {"type": "string", "pattern": HEX, "minLength": 40, "maxLength": 64},
            },
        },
        "content": {"type": "string"},
        "downloadLocation": {"type": "string"},
        "mediaType": {"type": "string"},
        "annotations": {"type": "object"},
    },
}
STATEMENT = {
    "type": "object",
    "required": ["_type", "subject", "predicateType"],
    "additionalProperties": False,
    "properties": {
        "_type": {"const": "https://in-toto.io/Statement/v1"},
        "subject": {
            "type": "array",
            "minItems": 1,
            "items": {"allOf": [DESCRIPTOR, {"required": ["digest"]}]},
        },
        "predicateType": {"type": "string", "pattern": "^[a-z][a-z0-9+.-]*://[a-z0-9.-]+/.+"},
        "predicate": {"type": "object"},
    },
}


def document(proof: Proof) -> dict[str, Any]:
    return proof_document(HEAD, SETTING, proof, PATCH, TEST)


@pytest.mark.parametrize("proof", [PROVEN, REPRODUCED])
def test_it_is_a_statement(proof: Proof):
    """Valid by the specification's own rules and by the published schema, whatever the verdict."""
    said = json.loads(render(document(proof)))

    jsonschema.validate(said, STATEMENT)
    jsonschema.validate(said, OURS)
    for name in ("head", "tree", "proof"):
        jsonschema.validate(said["predicate"][name], DESCRIPTOR)
    assert said["predicate"]["verdict"] == str(proof.verdict)
    assert [gate["passed"] for gate in said["predicate"]["gates"]] == [gate.passed for gate in proof.gates]


def test_the_digests_are_those_of_the_bytes():
    """Patch, test and the whole proof as they stand in files; the head by its commit and its tree."""
    said = json.loads(render(document(PROVEN)))

    digests = {one["name"]: one["digest"] for one in said["subject"]}
    assert digests == {
        "patch": {"sha256": hashlib.sha256(PATCH.diff.encode()).hexdigest()},
        "test": {"sha256": hashlib.sha256(TEST.content.encode()).hexdigest()},
    }
    whole = hashlib.sha256(render_proof(document(PROVEN)).encode()).hexdigest()
    assert said["predicate"]["proof"]["digest"] == {"sha256": whole}
    assert said["predicate"]["head"]["digest"] == {"gitCommit": HEAD.commit}
    assert said["predicate"]["tree"]["digest"] == {"gitTree": HEAD.tree}


def test_the_defective_head_is_no_subject():
    """Who asks for a statement about the head's commit must not find that it is proven."""
    assert HEAD.commit not in json.dumps(json.loads(render(document(PROVEN)))["subject"])


def test_the_same_proof_gives_the_same_bytes():
    """Also when the proof went through a file, in which the order of names may have changed."""
    proof = document(PROVEN)
    read_again = json.loads(json.dumps(proof))

    assert render(proof) == render(proof) == render(read_again)
    assert render(proof) != render(document(REPRODUCED))
