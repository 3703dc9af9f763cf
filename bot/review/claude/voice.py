"""Who is asked in a stage, and how it thinks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from anthropic import Omit, omit
from anthropic.types import OutputConfigParam, ThinkingConfigParam

from bot.errors import SettingsError
from bot.review.claude.schema import reply_schema

Effort = Literal["low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)
MAX_TOKENS = 20_000  # of a reply, its thinking included; above 21,333 the SDK wants to stream
FALLBACK_BETA = "server-side-fallback-2026-07-01"
MOST_FALLBACKS = 1 + 3  # the first model, and as many others as the API takes
LEAST_THINKING = 1_024  # tokens; the API takes no fewer


@dataclass(frozen=True, slots=True)
class Voice:
    """Who is asked in a stage: models, in turn until one does not refuse, and how hard they think.

    With `on_server` the service itself passes a refused request on, to the models after the first or, when
    there are none, to those that it recommends.
    """

    models: tuple[str, ...]
    effort: Effort | None = None  # None for the model's own; likewise below
    thinking: ThinkingConfigParam | None = None
    on_server: bool = False

    @property
    def in_turn(self) -> tuple[Voice, ...]:
        """The voices that one request each is sent to."""
        return (self,) if self.on_server else tuple(replace(self, models=(one,)) for one in self.models)

    def speaking_as(self, model: str, effort: Effort | None) -> Voice:
        """The same voice with this model first, and this effort; "" and None leave them."""
        models = dict.fromkeys((model or self.models[0], *self.models[1:]))
        return replace(self, models=tuple(models), effort=effort or self.effort)


def read_thinking(text: str) -> ThinkingConfigParam | None:
    """How a model thinks: "adaptive", "disabled", or at most so many tokens; "" for the model's own way.

    Raises SettingsError.
    """
    if not text:
        return None
    if text in {"adaptive", "disabled"}:
        return {"type": "adaptive"} if text == "adaptive" else {"type": "disabled"}
    if text.isdecimal() and LEAST_THINKING <= int(text) < MAX_TOKENS:
        return {"type": "enabled", "budget_tokens": int(text)}
    raise SettingsError(
        f"SUTURE_THINKING is {text!r}; it has to be adaptive, disabled, or a number of tokens from "
        f"{LEAST_THINKING} to {MAX_TOKENS - 1}."
    )


def thinking_within(voice: Voice, max_tokens: int) -> ThinkingConfigParam | Omit:
    """As wanted; thinking that would take all of a short reply's room is cut to half of it."""
    wanted = voice.thinking
    if wanted is None:
        return omit
    if wanted["type"] == "enabled" and wanted["budget_tokens"] >= max_tokens:
        return {"type": "enabled", "budget_tokens": max(LEAST_THINKING, max_tokens // 2)}
    return wanted


def fallbacks(voice: Voice) -> tuple[Mapping[str, str], Mapping[str, object]]:
    """The header and the field of a request that the service may pass on; both empty when it may not."""
    if not voice.on_server:
        return {}, {}
    others = [{"model": one} for one in voice.models[1:MOST_FALLBACKS]]
    return {"anthropic-beta": FALLBACK_BETA}, {"fallbacks": others or "default"}


def output_config(voice: Voice) -> OutputConfigParam:
    """The reply's schema, and how hard the model thinks."""
    wanted: OutputConfigParam = {"format": {"type": "json_schema", "schema": reply_schema()}}
    return {**wanted, "effort": voice.effort} if voice.effort else wanted
