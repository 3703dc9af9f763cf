"""One stage, one call: send, see why the model stopped, read the reply; one retry for a malformed one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar, get_args

import anthropic
import httpx2
from anthropic.types import Message, MessageParam, OutputConfigParam, TextBlockParam

from bot.diff.signs import visible
from bot.errors import ReviewerError
from bot.records import Declined, Usage
from bot.review.claude.client import Deadline
from bot.review.claude.material import Shown, fence
from bot.review.claude.prompts import Prompt, Prompts
from bot.review.claude.schema import MalformedReply, StageName, reply_schema
from bot.review.pricing import Prices, Tokens, cost

log = logging.getLogger(__name__)

T = TypeVar("T")
Effort = Literal["low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)

MAX_TOKENS = 20_000  # thinking counts too; above 21,333 the SDK wants to stream
CALL_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Caller:
    """What every call needs: the client, the prompts, the prices and how long one call may take."""

    client: anthropic.Anthropic
    prompts: Prompts
    prices: Prices
    seconds: float = CALL_SECONDS


@dataclass(frozen=True, slots=True)
class Voice:
    """Who is asked in a stage: models, in turn until one does not refuse, and how hard they think."""

    models: tuple[str, ...]
    effort: Effort | None = None  # None for the model's own


@dataclass(frozen=True, slots=True)
class Request:
    """What one stage asks: the change (the cached part), its task, and what was said and seen before."""

    stage: StageName
    voice: Voice
    change: Shown
    task: str
    turns: tuple[MessageParam, ...] = ()


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


def ask(caller: Caller, request: Request, read: Callable[[str], T]) -> Reply[T]:
    """The stage's answer as `read` understands it; `read` raises MalformedReply to have it said again, once.

    A model that refuses is asked again without the turns, if there were any: they may be what it minds.
    Then the next one is asked. Raises ReviewerError for every fault of the service and for a reply that
    ended early or is empty.
    """
    usage = Usage()
    refusals: tuple[Refusal, ...] = ()
    for model in request.voice.models:
        for turns in (request.turns, ()) if request.turns else ((),):
            reply = _ask_one(
                caller, replace(request, voice=replace(request.voice, models=(model,)), turns=turns), read
            )
            usage += reply.usage
            if not reply.refusals:
                return replace(reply, usage=usage, refusals=refusals)
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
        message = _send(caller, request)
        usage += _measure(message, caller.prices)
        _record(caller, request, message)
        if message.stop_reason == "refusal":
            refusal = Refusal(message.model, _category(message))
            return Reply(None, usage, message.model, refusals=(refusal,))
        text = _text(message)
        try:
            return Reply(read(text), usage, message.model)
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
    return Reply(None, usage, message.model, problem=problem)


def _send(caller: Caller, request: Request) -> Message:
    client = caller.client.with_options(middleware=[Deadline(caller.seconds)])
    (model,) = request.voice.models
    system: list[TextBlockParam] = [
        {"type": "text", "text": caller.prompts.system.text, "cache_control": {"type": "ephemeral"}}
    ]
    opening: MessageParam = {
        "role": "user",
        "content": [
            {"type": "text", "text": request.change.text, "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": request.task},
        ],
    }
    try:
        message: object = client.messages.create(
            model=model,
            max_tokens=MAX_TOKENS,
            system=system,
            messages=[opening, *request.turns],
            output_config=_output(request.voice.effort),
        )
    except (anthropic.AnthropicError, httpx2.HTTPError, ValueError) as exc:
        # ValueError: the SDK's JSON reader on a broken body. A body that breaks off gives httpx2's errors.
        raise ReviewerError(f"The {request.stage} call to {model} failed: {_explain(exc)}") from exc
    if not isinstance(message, Message):
        raise ReviewerError(
            f"The {request.stage} call to {model} was answered by something that is not a message. "
            "Check ANTHROPIC_BASE_URL."
        )
    return message


def _output(effort: Effort | None) -> OutputConfigParam:
    wanted: OutputConfigParam = {"format": {"type": "json_schema", "schema": reply_schema()}}
    return {**wanted, "effort": effort} if effort else wanted


_ADVICE: tuple[tuple[type[Exception], str], ...] = (
    (anthropic.AuthenticationError, "the API key is not valid. Check ANTHROPIC_API_KEY."),
    (
        anthropic.PermissionDeniedError,
        "the API key may not use this model. Check SUTURE_MODEL and the workspace.",
    ),
    (
        anthropic.NotFoundError,
        "there is no such model or address. Check SUTURE_MODEL and ANTHROPIC_BASE_URL.",
    ),
    (anthropic.RateLimitError, "the rate limit is reached. Try again later or raise the limit."),
    (anthropic.APITimeoutError, "no answer in time. Try again later."),
    (
        anthropic.APIConnectionError,
        "the connection could not be made or broke. Check the network and try again.",
    ),
    (anthropic.InternalServerError, "the service is failing or overloaded. Try again later."),
    (httpx2.HTTPError, "the connection broke before the answer was complete. Try again."),
)


def _explain(exc: Exception) -> str:
    status = f"HTTP {exc.status_code}, " if isinstance(exc, anthropic.APIStatusError) else ""
    for kind, advice in _ADVICE:
        if isinstance(exc, kind):
            return status + advice
    return f"{status}{type(exc).__name__}: {str(exc)[:300]}"


_ENDED_EARLY = {
    "max_tokens": "the reply was cut off at its length limit",
    "model_context_window_exceeded": "the change is larger than the model's context window",
    "pause_turn": "the model paused instead of answering",
    "tool_use": "the model asked for a tool, but none was offered",
}


def _text(message: Message) -> str:
    """The text of a finished reply; thinking and other blocks are not part of it. Raises ReviewerError."""
    stop: Any = message.stop_reason
    if stop not in ("end_turn", "stop_sequence"):
        why = _ENDED_EARLY.get(stop, f"the reply did not end properly (stop_reason {stop!r})")
        raise ReviewerError(
            f"{message.model} gave no usable reply: {why}. Nothing is known about this change."
        )
    blocks: Any = message.content or []  # the SDK does not check what a server sends
    text = "".join(block.text for block in blocks if getattr(block, "type", "") == "text" and block.text)
    if not text.strip():
        raise ReviewerError(f"{message.model} gave an empty reply. Nothing is known about this change.")
    return text


def _category(message: Message) -> str:
    details = message.stop_details
    return str(details.category) if details is not None and details.category else "unspecified"


def _measure(message: Message, prices: Prices) -> Usage:
    said: Any = message.usage  # may be missing or half filled when another server speaks the API

    def count(name: str) -> int:
        value = getattr(said, name, None)
        return value if isinstance(value, int) and value > 0 else 0

    tokens = Tokens(
        input=count("input_tokens"),
        cache_read=count("cache_read_input_tokens"),
        cache_write=count("cache_creation_input_tokens"),
        output=count("output_tokens"),
    )
    usd = cost(prices, message.model, tokens)
    return Usage(1, tokens.input, tokens.cache_read, tokens.cache_write, tokens.output, usd)


def _record(caller: Caller, request: Request, message: Message) -> None:
    prompt: Prompt = getattr(caller.prompts, request.stage)
    version = f"{prompt.name} {prompt.version}, system {caller.prompts.system.version}"
    log.info("%s by %s (prompts: %s): %s", request.stage, message.model, version, message.stop_reason)
