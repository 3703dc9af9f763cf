"""What a model's tokens cost, from the dated list `prices.json`; an unknown model has no price."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources

import pydantic
from pydantic import BaseModel, ConfigDict

from bot.errors import SettingsError


class Price(BaseModel):
    """US dollars per million tokens, for prompts up to `up_to` tokens (None: of any length)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: float
    output: float
    cache_read_multiplier: float
    up_to: int | None = None


class Prices(BaseModel):
    """The list, with the day it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: str
    currency: str
    cache_write_multiplier: float
    models: dict[str, tuple[Price, ...]]


@dataclass(frozen=True, slots=True)
class Tokens:
    """One call's tokens as the API counts them: `input` is what neither came from nor went to the cache."""

    input: int
    cache_read: int
    cache_write: int
    output: int


def load_prices() -> Prices:
    """The list that ships with the program. Raises SettingsError when it cannot be read."""
    try:
        return Prices.model_validate_json(resources.files("bot.review").joinpath("prices.json").read_bytes())
    except pydantic.ValidationError as exc:
        raise SettingsError(f"bot/review/prices.json cannot be read: {exc}") from exc


def cost(prices: Prices, model: str, tokens: Tokens) -> float | None:
    """US dollars for one call, or None when the model's price is not known."""
    tiers = prices.models.get(model) or prices.models.get(re.sub(r"-\d{8}$", "", model)) or ()
    prompt = tokens.input + tokens.cache_read + tokens.cache_write
    price = next((one for one in tiers if one.up_to is None or prompt <= one.up_to), None)
    if price is None:
        return None
    read = tokens.cache_read * price.cache_read_multiplier
    write = tokens.cache_write * prices.cache_write_multiplier
    return ((tokens.input + read + write) * price.input + tokens.output * price.output) / 1_000_000
