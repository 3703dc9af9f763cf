"""What a repository asks of Suture: `.github/suture.yml` and its rule files, read from the base branch alone.

A new key is a field of `SutureFile` (`bot.config.files`); `read_config` (`bot.config.read`) hands it on here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.config.files import Cleaner, DoNotReport, OwnRule
from bot.records import Remark

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """An entry, and where it is written."""

    entry: T
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Config:
    """All that is sound of it. What is not is in `problems`, and has no effect."""

    guidance: str = ""
    do_not_report: tuple[Placed[DoNotReport], ...] = ()
    rules: tuple[Placed[OwnRule], ...] = ()
    cleaners: tuple[Cleaner, ...] = ()
    problems: tuple[Remark, ...] = ()


NO_CONFIG = Config()
