"""Compares a stored proof with what its head, patch and test showed when they were run again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot import __version__
from bot.proof.evidence import Head, Setting, gate_document
from bot.proof.stored import StoredGate, StoredProof
from bot.records import Gate, Proof, Verdict

SCHEMA = "suture.replay/v1"


@dataclass(frozen=True, slots=True)
class Replay:
    """A stored proof, and what was seen when it was run again."""

    stored: StoredProof
    head: Head
    setting: Setting
    proof: Proof

    @property
    def contradictions(self) -> tuple[str, ...]:
        """Where the stored proof does not agree with itself or with the repository, in sentences."""
        own = self.stored.contradictions()
        if self.stored.tree == self.head.tree:
            return own
        return (*own, f"The commit's tree is {self.head.tree[:12]}, not {self.stored.tree[:12]}.")

    @property
    def holds(self) -> bool:
        """Did the stored proof say proven, and do all gates say so again?

        Only a proof of something can hold. That one said unproven and is unproven still must not look like
        success to a program that reads the exit code.
        """
        verdicts = {self.stored.verdict, self.proof.verdict}
        return verdicts == {Verdict.PROVEN} and not self.contradictions

    @property
    def is_same_environment(self) -> bool:
        """Were the runs then and now made in the same environment?"""
        return self.stored.environment.key == self.setting.environment

    @property
    def gates(self) -> tuple[tuple[StoredGate | None, Gate], ...]:
        """Each gate, then (None where the stored proof does not have it) and now."""
        then = {gate.gate: gate for gate in self.stored.gates}
        return tuple((then.get(gate.gate), gate) for gate in self.proof.gates)


def replay_document(replay: Replay) -> dict[str, Any]:
    """The comparison as `suture.replay/v1` (schema/suture.replay.v1.json), ready for JSON."""
    stored = replay.stored
    return {
        "schema": SCHEMA,
        "version": {"then": stored.version, "now": __version__},
        "holds": replay.holds,
        "head": replay.head.commit,
        "test": stored.test.path,
        "verdict": {"then": str(stored.verdict), "now": str(replay.proof.verdict)},
        "environment": {
            "same": replay.is_same_environment,
            "then": stored.environment.key,
            "now": replay.setting.environment,
        },
        "gates": [
            {
                "gate": now.gate,
                "then": then.model_dump(exclude={"gate"}) if then else None,
                "now": {name: value for name, value in gate_document(now).items() if name != "gate"},
            }
            for then, now in replay.gates
        ],
        "contradictions": list(replay.contradictions),
    }
