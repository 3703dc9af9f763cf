"""A plot of bars, one a day, as the numbers that its SVG is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WIDTH = 720
HEIGHT = 180
_LEFT, _TOP, _BOTTOM = 56, 10, 24


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: where it stands, how high it is, and what it says."""

    x: float
    y: float
    width: float
    height: float
    day: str
    usd: float


@dataclass(frozen=True, slots=True)
class Plot:
    """All days of a period, those without a cost too."""

    bars: tuple[Bar, ...]
    most: float  # what the plot's full height stands for
    left: int = _LEFT
    top: int = _TOP
    floor: int = HEIGHT - _BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def plot(usd: Mapping[str, float], days: int, today: datetime | None = None) -> Plot:
    """The last `days` days up to today, by UTC."""
    last = (today or datetime.now(UTC)).date()
    names = [str(last - timedelta(days=back)) for back in range(days - 1, -1, -1)]
    most = max((usd.get(day, 0.0) for day in names), default=0.0) or 1.0
    step, room = (WIDTH - _LEFT) / days, HEIGHT - _TOP - _BOTTOM
    bars = []
    for number, day in enumerate(names):
        high = round(room * usd.get(day, 0.0) / most, 1)
        x, y = round(_LEFT + number * step + step * 0.15, 1), round(HEIGHT - _BOTTOM - high, 1)
        bars.append(Bar(x, y, round(step * 0.7, 1), high, day, usd.get(day, 0.0)))
    return Plot(tuple(bars), most)
