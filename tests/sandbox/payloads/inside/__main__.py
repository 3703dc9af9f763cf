"""Runs inside the sandbox: tries one by one what must not work, each in a process of its own.

Prints one JSON object, name → "held: ..." or "hole: ...". A probe returns what it got hold of, or None; an
OSError means that it was refused. The only argument is a JSON object of the host's facts.
"""

from __future__ import annotations

import json

import calls  # noqa: F401  each import fills the list of probes
import data  # noqa: F401  the same
import network  # noqa: F401  the same
import others  # noqa: F401  the same
import privileges  # noqa: F401  the same
from frame import FACTS, PROBES, outcome

if __name__ == "__main__":
    wanted = FACTS.get("only", PROBES)
    print(json.dumps({name: outcome(PROBES[name]) for name in wanted}))
