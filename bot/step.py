"""How a step of a job is carried out: simply, or kept so that a killed worker goes on there (`bot.jobs`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Step(Protocol):
    """Carry out `act`; or, when step `name` of this job was done before, hand back the kept record."""

    def __call__(self, name: str, act: Callable[[], T]) -> T: ...


def straight(name: str, act: Callable[[], T]) -> T:
    """The step of the command line: carry out, keep nothing."""
    return act()


def never() -> bool:
    """The answer of a step that nothing can supersede."""
    return False


def cancelled_for(step: Step) -> Callable[[], bool]:
    """What a long act polls to learn that its job has to give way; cheap; never true on the command line."""
    found: Callable[[], bool] = getattr(step, "cancelled", never)
    return found
