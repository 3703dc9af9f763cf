"""The Anthropic client, whose calls end at a deadline."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable, Mapping
from typing import Any

import anthropic
import httpx2
from anthropic import APIRequest, CallNext, Middleware

from bot.errors import ReviewerError, SettingsError
from bot.review.claude.credentials import has_credentials

__all__ = ["Deadline", "build_client", "has_credentials"]

ATTEMPT_SECONDS = 300.0  # one HTTP attempt may be silent for this long
RETRIES = 2


def build_client(*, api_key: str | None = None, base_url: str | None = None) -> anthropic.Anthropic:
    """A client; what is not given comes from the SDK's own variables. Raises SettingsError."""
    try:
        return anthropic.Anthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=RETRIES,
            timeout=httpx2.Timeout(ATTEMPT_SECONDS, connect=10.0),
            open_telemetry=False,  # a span may carry addresses; what is recorded is this program's to decide
        )
    except (anthropic.AnthropicError, ValueError) as exc:
        raise SettingsError(f"The Anthropic client cannot be set up: {exc}") from exc


class Deadline(Middleware):
    """Ends one call, retries and waits included, at its deadline.

    The SDK obeys `retry-after` without a limit: a single header could hold a worker for weeks.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._ends = clock() + seconds

    def handle(self, request: APIRequest, call_next: CallNext) -> Any:
        """One HTTP attempt. Raises ReviewerError when the deadline is over, or will be before the next."""
        left = self._ends - self._clock()
        if left <= 0:
            raise ReviewerError(
                f"The model did not answer within {self._seconds:g} s, retries included. Try again later."
            )
        attempt = httpx2.Timeout(min(left, ATTEMPT_SECONDS), connect=min(left, 10.0))
        response = call_next(request.copy(timeout=attempt))
        wait = _wait(response.headers) if response.status_code >= 400 else 0.0
        if wait > self._ends - self._clock():
            raise ReviewerError(
                f"The model's service answered HTTP {response.status_code} and asks to wait {wait:.0f} s, "
                f"longer than the {self._seconds:g} s a call may take. Try again later."
            )
        return response


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds the server asks to wait, read as the SDK reads them; 0 when it does not ask."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return float(headers.get(name, "")) / unit
        except ValueError:
            continue
    date = email.utils.parsedate_tz(headers.get("retry-after", ""))
    return email.utils.mktime_tz(date) - time.time() if date else 0.0
