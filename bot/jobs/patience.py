"""Trying again after a passing fault, a bounded number of times, with growing pauses."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often an act is tried at most, with pauses of `pause` seconds, then `growth` times as long, …"""

    tries: int = 4
    pause: float = 3.0  # seconds
    growth: float = 3.0


def patiently(
    act: Callable[[], T],
    passing: tuple[type[Exception], ...],
    patience: Patience,
    gives_up: Callable[[], bool],
) -> T:
    """`act()`, tried again after a `passing` error, which is raised at the last try or once `gives_up()`."""
    pause = patience.pause
    for _ in range(patience.tries - 1):
        try:
            return act()
        except passing:
            if _given_up_within(pause, gives_up):
                raise
            pause *= patience.growth
    return act()


def _given_up_within(seconds: float, gives_up: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not gives_up():
        left = end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(left, 0.5))
    return True
