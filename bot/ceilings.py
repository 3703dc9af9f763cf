"""How an operator writes down what may be spent: "200k in, 40k out, $5"."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass

from bot.errors import SettingsError

_PART = re.compile(r"(?P<count>\d+(?:\.\d+)?)(?P<unit>[kM]?) (?P<side>in|out)|\$(?P<usd>\d+(?:\.\d+)?)")
_UNITS = {"": 1, "k": 1_000, "M": 1_000_000}


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that may be spent; None where there is no limit. Of the input, what came from a cache counts
    a tenth.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    usd: float | None = None

    def __str__(self) -> str:
        parts = [
            "" if self.input_tokens is None else f"{self.input_tokens:,} in",
            "" if self.output_tokens is None else f"{self.output_tokens:,} out",
            "" if self.usd is None else f"${self.usd:g}",
        ]
        return ", ".join(part for part in parts if part) or "no limit"


def lowest(one: Ceiling, other: Ceiling) -> Ceiling:
    """The ceiling that passes neither."""
    parts = zip(astuple(one), astuple(other), strict=True)
    return Ceiling(*(min((part for part in both if part is not None), default=None) for both in parts))


def passes(one: Ceiling, other: Ceiling) -> bool:
    """Whether the one lets more be spent than the other, in a part that both name."""
    parts = zip(astuple(one), astuple(other), strict=True)
    return any(mine is not None and theirs is not None and mine > theirs for mine, theirs in parts)


@dataclass(frozen=True, slots=True)
class Budget:
    """The ceilings of one installation of the program."""

    pull_request: Ceiling = Ceiling(200_000, 40_000)  # one review: of one head of one pull request
    finding: Ceiling = Ceiling(100_000, 25_000)
    repository_day: Ceiling = Ceiling()
    installation_day: Ceiling = Ceiling()
    day: Ceiling = Ceiling()


def read_ceiling(name: str, text: str, default: Ceiling) -> Ceiling:
    """The ceiling that `text` says, `default` for an empty one. Raises SettingsError, naming the setting."""
    if not text.strip():
        return default
    if text.strip() == "none":
        return Ceiling()
    found: dict[str, float] = {}
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        side = match and ("usd" if match["usd"] else match["side"])
        if not match or not side or side in found:
            raise SettingsError(
                f"{name} is {text!r}; it has to look like '200k in, 40k out, $5', each part at most once and "
                "none needed, or be 'none'."
            )
        found[side] = float(match["usd"]) if match["usd"] else float(match["count"]) * _UNITS[match["unit"]]
    tokens = [int(found[side]) if side in found else None for side in ("in", "out")]
    return Ceiling(tokens[0], tokens[1], found.get("usd"))
