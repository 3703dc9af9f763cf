"""Looks for what keeps a server from working, and says how to mend it: one file in `checks` a check.

A check changes nothing: it makes no table and no file that stays. What depends on something that another
check found broken is skipped, so that one fault is told once.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import Any

from bot.doctor.site import Site
from bot.errors import SutureError

GROUPS = ("settings", "github", "machine", "model")  # in this order they are told


class Level(StrEnum):
    """How grave it is."""

    OK = "ok"
    WARNING = "warning"  # it works, but not as well as it could, or not for everybody
    PROBLEM = "problem"  # it does not work
    SKIPPED = "skipped"  # not looked at, with the reason
    FAILED = "failed"  # the check itself broke off


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that was seen, and what to do about it."""

    level: Level
    what: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A result with the name of its check."""

    check: str
    group: str
    result: Result


def ok(what: str) -> Result:
    """All is well."""
    return Result(Level.OK, what)


def warning(what: str, fix: str) -> Result:
    """It works, but."""
    return Result(Level.WARNING, what, fix)


def problem(what: str, fix: str) -> Result:
    """It does not work."""
    return Result(Level.PROBLEM, what, fix)


def skipped(why: str) -> Result:
    """Not looked at."""
    return Result(Level.SKIPPED, why)


Look = Callable[[Site], Iterable[Result]]


def examine(site: Site) -> Iterable[Line]:
    """The results of every check, in their order, as they come."""
    for name, module in find_checks():
        look: Look = module.look
        try:
            for result in look(site):
                yield Line(name, module.GROUP, result)
        except SutureError as error:
            yield Line(name, module.GROUP, problem(str(error), ""))
        except (OSError, LookupError, TypeError, ValueError, AttributeError) as error:
            what = f"The check broke off ({type(error).__name__}): something answered in a form not foreseen."
            yield Line(name, module.GROUP, Result(Level.FAILED, what, "Please report it."))


def find_checks() -> list[tuple[str, ModuleType]]:
    """Each check's name and module, by its group and place in it."""
    folder: Any = importlib.import_module("bot.doctor.checks")
    names = [one.name for one in pkgutil.iter_modules(folder.__path__)]
    found = [(name, importlib.import_module(f"{folder.__name__}.{name}")) for name in names]
    return sorted(found, key=lambda one: (GROUPS.index(one[1].GROUP), one[1].PLACE, one[0]))
