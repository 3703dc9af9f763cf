"""One stage, one call: send, see why the model stopped, read the reply; one retry for a malformed one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import anthropic
import httpx2
from anthropic.types import Message, MessageParam, TextBlockParam

from bot.budget import CACHED, Purse, Wanted
from bot.diff.signs import visible
from bot.errors import ReviewerError
from bot.metrics import MODEL_CALLS, count_call
from bot.records import Declined, Usage
from bot.review.claude.client import Client, Deadline
from bot.review.claude.faults import category_of, explain, passed_on_by, text_of
from bot.review.claude.material import Shown, fence
from bot.review.claude.prompts import Prompt, Prompts
from bot.review.claude.schema import MalformedReply, StageName
from bot.review.claude.voice import MAX_TOKENS, Voice, fallbacks, output_config, thinking_within
from bot.review.pricing import Prices, Tokens, cost
from bot.tracing import span

log = logging.getLogger(__name__)

T = TypeVar("T")

CALL_SECONDS = 900.0
CHARACTERS_A_TOKEN = 3  # on the safe side: an estimate has to be no lower than what is billed
SCHEMA_CHARACTERS = 9_000  # of the reply's schema, which is billed as input


@dataclass(frozen=True, slots=True)
class Caller:
    """What every call needs: the client, the prompts, the prices, how long one call may take, who pays."""

    client: Client
    prompts: Prompts
    prices: Prices
    seconds: float = CALL_SECONDS
    purse: Purse = field(default_factory=Purse)


@dataclass(frozen=True, slots=True)
class Request:
    """What one stage asks: the change (the cached part), its task, and what was said and seen before."""

    stage: StageName
    voice: Voice
    change: Shown
    task: str
    turns: tuple[MessageParam, ...] = ()
    finding: str = ""  # whose budget pays; "" for the whole change's


@dataclass(frozen=True, slots=True)
class Refusal:
    """A model that would not, and the category that its service gave."""

    model: str
    category: str


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """A value; or none, because all models refused, or because of a `problem` with both attempts to reply."""

    value: T | None
    usage: Usage
    model: str
    refusals: tuple[Refusal, ...] = ()  # by the models asked before
    problem: str = ""

    @property
    def refused(self) -> bool:
        """Whether nobody answered."""
        return self.value is None and bool(self.refusals) and not self.problem


def ask(caller: Caller, request: Request, read: Callable[[str], T]) -> Reply[T]:
    """The stage's answer as `read` understands it; `read` raises MalformedReply to have it said again, once.

    A model that refuses is asked again without the turns, if there were any: they may be what it minds.
    Then the next one is asked. Raises ReviewerError for every fault of the service and for a reply that
    ended early or is empty.
    """
    usage = Usage()
    refusals: tuple[Refusal, ...] = ()
    for voice in request.voice.in_turn:
        for turns in (request.turns, ()) if request.turns else ((),):
            reply = _ask_one(caller, replace(request, voice=voice, turns=turns), read)
            usage += reply.usage
            if not reply.refused:
                return replace(reply, usage=usage, refusals=refusals + reply.refusals)
        refusals += reply.refusals
    return replace(reply, usage=usage, refusals=refusals)


def declined_by(
    refusals: tuple[Refusal, ...], stage: str, places: tuple[str, ...], covered_by: str = ""
) -> Declined:
    """The refusals of a stage as one record."""
    models, categories = (
        ", ".join(dict.fromkeys(words))
        for words in ([one.model for one in refusals], [one.category for one in refusals])
    )
    return Declined(stage, models, categories, places, covered_by)


def _ask_one(caller: Caller, request: Request, read: Callable[[str], T]) -> Reply[T]:
    usage = Usage()
    problem = ""
    for _ in range(2):
        message, spent = _pay_and_send(caller, request)
        usage += spent
        _record(caller, request, message)
        count_call(request.stage, request.voice.models[0], message.stop_reason or "unknown", spent)
        passed_on = tuple(Refusal(*one) for one in passed_on_by(message))
        if message.stop_reason == "refusal":
            refusal = Refusal(message.model, category_of(message))
            return Reply(None, usage, message.model, (*passed_on, refusal))
        text = text_of(message)
        try:
            return Reply(read(text), usage, message.model, passed_on)
        except MalformedReply as error:
            problem = str(error)
        again = caller.prompts.malformed.fill(
            problem=fence(request.change.nonce, "problem", visible(problem))
        )
        turns: tuple[MessageParam, ...] = (
            *request.turns,
            {"role": "assistant", "content": text},
            {"role": "user", "content": again},
        )
        request = replace(request, turns=turns)
    return Reply(None, usage, message.model, passed_on, problem)


def _pay_and_send(caller: Caller, request: Request) -> tuple[Message, Usage]:
    model = request.voice.models[0]
    change = (model, request.change.text)
    fixed = (
        len(caller.prompts.system.text) + SCHEMA_CHARACTERS + len(request.change.card + request.change.text)
    )
    asked = len(request.task) + sum(len(str(turn["content"])) for turn in request.turns)
    if change in caller.purse.warm:
        fixed = int(fixed * CACHED)

    def price(tokens: int, reply: int) -> float | None:
        return cost(caller.prices, model, Tokens(tokens, 0, 0, reply))

    wanted = Wanted(request.finding, (fixed + asked) // CHARACTERS_A_TOKEN, MAX_TOKENS, price)
    with caller.purse.paying(wanted) as grant, span("model call", stage=request.stage, model=model):
        message = _send(caller, request, grant.output_tokens)
        grant.usage = _measure(message, caller.prices)
        caller.purse.warm.add(change)
        return message, grant.usage


def _send(caller: Caller, request: Request, max_tokens: int) -> Message:
    client = caller.client.with_options(middleware=[Deadline(caller.seconds)])
    model = request.voice.models[0]
    headers, more = fallbacks(request.voice)
    system: list[TextBlockParam] = [_cached(caller.prompts.system.text)]
    opening: MessageParam = {
        "role": "user",
        "content": [
            *([_cached(request.change.card)] if request.change.card else []),
            _cached(request.change.text),
            {"type": "text", "text": request.task},
        ],
    }
    try:
        message: object = client.messages.create(
            model=model,
            max_tokens=max_tokens,
            system=system,
            messages=[opening, *request.turns],
            output_config=output_config(request.voice),
            thinking=thinking_within(request.voice, max_tokens),
            extra_headers=headers,
            extra_body=more or None,
        )
    except (anthropic.AnthropicError, httpx2.HTTPError, ValueError) as exc:
        # ValueError: the SDK's JSON reader on a broken body. A body that breaks off gives httpx2's errors.
        MODEL_CALLS.labels(request.stage, model, "failed").inc()
        raise ReviewerError(f"The {request.stage} call to {model} failed: {explain(exc)}") from exc
    if not isinstance(message, Message):
        raise ReviewerError(
            f"The {request.stage} call to {model} was answered by something that is not a message. "
            "Check ANTHROPIC_BASE_URL and SUTURE_CLAUDE_VIA."
        )
    return message


def _cached(text: str) -> TextBlockParam:
    """A block that the service keeps, with all before it, for the calls to come."""
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}


def _measure(message: Message, prices: Prices) -> Usage:
    """What the call took; where the service asked several models, each at its own price."""
    said: Any = message.usage  # may be missing or half filled when another server speaks the API
    hops = getattr(said, "iterations", None) or ()
    if any(_fact(hop, "type") == "fallback_message" for hop in hops):
        parts = [_usage(hop, str(_fact(hop, "model") or message.model), prices) for hop in hops]
        return replace(sum(parts, Usage()), model_calls=1)
    return _usage(said, message.model, prices)


def _fact(said: Any, name: str) -> Any:
    return said.get(name) if isinstance(said, Mapping) else getattr(said, name, None)


def _usage(said: Any, model: str, prices: Prices) -> Usage:
    def count(name: str) -> int:
        value = _fact(said, name)
        return value if isinstance(value, int) and value > 0 else 0

    tokens = Tokens(
        input=count("input_tokens"),
        cache_read=count("cache_read_input_tokens"),
        cache_write=count("cache_creation_input_tokens"),
        output=count("output_tokens"),
    )
    usd = cost(prices, model, tokens)
    return Usage(1, tokens.input, tokens.cache_read, tokens.cache_write, tokens.output, usd)


def _record(caller: Caller, request: Request, message: Message) -> None:
    prompt: Prompt = getattr(caller.prompts, request.stage)
    version = f"{prompt.name} {prompt.version}, system {caller.prompts.system.version}"
    log.info("%s by %s (prompts: %s): %s", request.stage, message.model, version, message.stop_reason)
