"""What is asked of Suture: by a repository's base branch, its organisation's file, and the operator's.

A new key is a field of `SutureFile` (`bot.config.files`); `bot.config.layers` hands it on here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.ceilings import Budget
from bot.config.files import DoNotReport, ModelsPart, TestsPart
from bot.config.own_rules import Cleaner, OwnRule
from bot.records import FixDelivery, Policy, Remark

T = TypeVar("T")
REPOSITORY = "the repository"
ORGANISATION = "the organisation"
OPERATOR = "the operator"


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """An entry, where it is written, and who wrote it."""

    entry: T
    path: str
    line: int
    who: str = REPOSITORY


@dataclass(frozen=True, slots=True)
class Config:
    """All that is sound of it, of the three layers together. What is not is in `problems`."""

    guidance: str = ""
    do_not_report: tuple[Placed[DoNotReport], ...] = ()
    ignore: tuple[Placed[str], ...] = ()
    rules: tuple[Placed[OwnRule], ...] = ()
    cleaners: tuple[Cleaner, ...] = ()
    policy: Policy = field(default_factory=Policy)
    fix_delivery: FixDelivery = FixDelivery.BRANCHES
    budget: Placed[Budget] | None = None  # where a file lowers the operator's
    models: ModelsPart = field(default_factory=ModelsPart)
    tests: TestsPart = field(default_factory=TestsPart)
    review_drafts: bool = False
    problems: tuple[Remark, ...] = ()


NO_CONFIG = Config()
