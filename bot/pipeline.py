"""READ FIRST: one change on its way through the six steps.

    1 collect    pull request → hunks            bot.forge, bot.diff
    2 review     hunks → findings                bot.review
    3 reproduce  finding → red regression test   bot.regression, bot.sandbox
    4 fix        finding + red test → patch      bot.fix
    5 prove      head, patch, test → proof       bot.proof
    6 publish    outcome → comments, commits     bot.publish

`step` carries out one step and hands back its record. The durable engine's `step` keeps the record, so that a
worker that was killed goes on where it died (`bot.jobs`); the command line's simply calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.conclude import conclude
from bot.fix.write import fix
from bot.forge import Forge
from bot.proof.prover import prove
from bot.publish import Publisher
from bot.records import Change, Examined, Finding, Outcome
from bot.regression.lab import Lab
from bot.regression.reproduce import reproduce
from bot.review.panel import Panel

T = TypeVar("T")


class Step(Protocol):
    """Carry out `act`, or hand back what it returned when the step `name` of this job was carried out before."""

    def __call__(self, name: str, act: Callable[[], T]) -> T: ...
