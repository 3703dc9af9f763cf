"""A share with its Wilson 95% interval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054  # of the two-sided 95%


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`; of nothing there is no share, and no number is made up for it."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Between which the true share lies, in 95 of 100 such measurements."""
        if self.value is None:
            return None
        n, p = self.whole, self.value
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if self.value is None or self.interval is None:
            return "–"
        low, high = self.interval
        return f"{self.part}/{self.whole} {self.value:.0%} ({100 * low:.0f}–{100 * high:.0f})"


def share(answers: Iterable[bool | None]) -> Share:
    """How many are true; None is not asked about and does not count."""
    asked = [one for one in answers if one is not None]
    return Share(sum(asked), len(asked))
