"""The embedded rules: weakness classes of Python code, each with detection, fix and regression test.

A new weakness class is one new file in this folder that offers a `WEAKNESS`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.origins import Origin
from bot.review.rules.writing.rewrite import Rewrite


@dataclass(frozen=True, eq=False)
class Candidate:
    """A call that untrusted input reaches, not yet known to stand on a changed line."""

    site: Site
    origin: Origin  # the input the test will send
    lines: frozenset[int]  # of the way from the input to the call
    title: str
    explanation: str
    claim: Claim
    confidence: Confidence = Confidence.MEDIUM


@dataclass(frozen=True, eq=False)
class WeaknessClass:
    """One kind of defect. `fix` and `test` raise CannotWrite with a reason when they have no sound answer."""

    rule: str  # "python/sql-injection"
    cwe: str
    name: str
    severity: Severity
    impact: str
    sinks: str  # for the documentation: the calls it looks at
    remedy: str  # for the documentation: what its fix does
    find: Callable[[Site], Candidate | None]
    fix: Callable[[Candidate], Rewrite]
    test: Callable[[Candidate, Placement, int], RegressionTest]  # the number is of the attempt, from 0
    is_own: bool = False  # the repository's


def classes() -> tuple[WeaknessClass, ...]:
    """Every weakness class, by rule name."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        if not module.ispkg:
            loaded = importlib.import_module(f"{__name__}.{module.name}")
            found.append(loaded.WEAKNESS)
    return tuple(sorted(found, key=lambda one: str(one.rule)))
