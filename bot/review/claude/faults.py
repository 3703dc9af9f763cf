"""What went wrong with a call, in words that say what to do; and the text of one that went right."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx2
from anthropic.types import Message

from bot.errors import ReviewerError

_ADVICE: tuple[tuple[type[Exception], str], ...] = (
    (
        anthropic.AuthenticationError,
        "the credential is not valid. Check ANTHROPIC_API_KEY, or those of the cloud in SUTURE_CLAUDE_VIA.",
    ),
    (
        anthropic.PermissionDeniedError,
        "the credential may not use this model. Check SUTURE_MODEL, and the workspace or the cloud's grants.",
    ),
    (
        anthropic.NotFoundError,
        "there is no such model or address. Check SUTURE_MODEL, SUTURE_CLAUDE_VIA and ANTHROPIC_BASE_URL.",
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


def explain(exc: Exception) -> str:
    """What a failed call means and what to do about it."""
    status = f"HTTP {exc.status_code}, " if isinstance(exc, anthropic.APIStatusError) else ""
    if isinstance(exc, anthropic.APIStatusError) and 300 <= exc.status_code < 400:
        return f"{status}the address leads elsewhere, and no key is sent after it. Check ANTHROPIC_BASE_URL."
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


def text_of(message: Message) -> str:
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


def category_of(message: Message) -> str:
    """The category of a refusal, as its service names it."""
    details = message.stop_details
    return str(details.category) if details is not None and details.category else "unspecified"


def passed_on_by(message: Message) -> tuple[tuple[str, str], ...]:
    """Models that refused before the service passed the request on, each with the category that it gave."""
    blocks: Any = message.content or []
    hops = [block.to_dict() for block in blocks if getattr(block, "type", "") == "fallback"]
    return tuple(
        (str(hop["from"]["model"]), str(hop["trigger"].get("category") or "unspecified")) for hop in hops
    )
