"""What is given to the prover, and what it said."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bot.proof.prover import prove
from bot.records import Declaration, Patch, RegressionTest, Verdict
from tests.evals.prover.cases import Case


@dataclass(frozen=True, slots=True)
class Attempt:
    """A patch and a test; the place is the case's own unless another is given."""

    patch: Patch
    test: str
    declared: Declaration | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    case: str
    kind: str
    verdict: str
    refused: str  # gates with their reasons, only those that were decided
    seconds: float
    runs: int
    detail: str

    @property
    def is_proven(self) -> bool:
        return self.verdict == Verdict.PROVEN


def gold_of(case: Case) -> Attempt:
    """Upstream's own fix and the case's hidden test."""
    return Attempt(Patch(case.upstream), case.test)


def attempt(case: Case, kind: str, given: Attempt) -> Row:
    """Ask the prover."""
    since = time.monotonic()
    test = RegressionTest(given.place or case.place, given.test, given.declared)
    proof = prove(case.head, given.patch, test, case.bench)
    failed = [gate for gate in proof.gates if not gate.passed and gate.reason != "not-run"]
    return Row(
        case.name,
        kind,
        str(proof.verdict),
        ", ".join(f"{gate.gate} {gate.reason}" for gate in failed),
        time.monotonic() - since,
        len(proof.runs),
        " ".join(" ".join(gate.detail for gate in failed).split()),
    )
