"""Cheats by kind: each makes, from a case, a patch and a test that must not be proven."""

from __future__ import annotations

from tests.evals.prover.cheats import (
    flaking,
    forging,
    knowing,
    meddling,
    patching,
    placing,
    reading,
    reddening,
)
from tests.evals.prover.cheats.kind import Kind

MODULES = (reddening, reading, flaking, meddling, forging, knowing, patching, placing)
KINDS: dict[str, Kind] = {kind.name: kind for module in MODULES for kind in module.KINDS}
