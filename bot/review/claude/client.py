"""The Anthropic client, whose calls end at a deadline."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import anthropic
import httpx2
from anthropic import APIRequest, CallNext, Middleware

from bot.errors import ReviewerError, SettingsError
from bot.review.claude.clouds import ANTHROPIC, cloud_named
from bot.review.claude.signing import credential_options, signing_errors
from bot.settings import MODEL_KEY

Client: TypeAlias = (
    anthropic.Anthropic  # and its subclasses AnthropicAWS, AnthropicFoundry, AnthropicGoogleCloud
    | anthropic.AnthropicBedrock
    | anthropic.AnthropicBedrockMantle
    | anthropic.AnthropicVertex
)

ATTEMPT_SECONDS = 300.0  # one HTTP attempt may be silent for this long
RETRIES = 2


class _Staying(anthropic.DefaultHttpxClient):
    """Closed with its last user, like the SDK's own, but a redirect gets no key and no code to elsewhere."""

    def __del__(self) -> None:
        if not self.is_closed:
            self.close()


def build_client(
    via: str = ANTHROPIC,
    env: Mapping[str, str] | None = None,
    *,
    api_key: str | None = None,
    base_url: str | None = None,
) -> Client:
    """The client for one way to Claude; what is not given comes from the SDK's own variables.

    `env` tells which of them are set. Raises SettingsError.
    """
    options: dict[str, Any] = {
        "max_retries": RETRIES,
        "timeout": httpx2.Timeout(ATTEMPT_SECONDS, connect=10.0),
        "http_client": _Staying(follow_redirects=False),
        "open_telemetry": False,  # a span may carry addresses; what is recorded is this program's to decide
    }
    try:
        if via == ANTHROPIC:
            key = api_key or (env or {}).get(MODEL_KEY) or None
            return anthropic.Anthropic(api_key=key, base_url=base_url, **options)
        cloud = cloud_named(via)
        client: Client = getattr(anthropic, cloud.client)(**options, **credential_options(cloud, env or {}))
    except (anthropic.AnthropicError, ValueError) as exc:
        raise SettingsError(f"The Anthropic client (by {via}) cannot be set up: {exc}") from exc
    return client


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
        try:
            response = call_next(request.copy(timeout=attempt))
        except signing_errors() as exc:
            raise ReviewerError(
                f"The call to the model could not be signed: {type(exc).__name__}: {str(exc)[:300]}. "
                "Check the cloud's credentials."
            ) from exc
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
