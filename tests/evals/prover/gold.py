"""Upstream's fix with the hidden test: the prover has to accept it."""

from __future__ import annotations

from tests.evals.prover.attempts import Row, attempt, gold_of
from tests.evals.prover.cases import Case


def judge(case: Case) -> Row:
    """What the prover says of the case's own fix and test."""
    return attempt(case, "gold", gold_of(case))
