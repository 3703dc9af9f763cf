"""Calls to GitHub by PyGithub, its traps disarmed: no write is repeated blindly, every failure is ours."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import requests
from github import Auth, Github, GithubException
from github.Requester import Requester
from urllib3.util import Retry

from bot.errors import ForgeError, ForgeUnavailable, GoneError, PermissionMissing
from bot.forge.limit import Limit, Unshared
from bot.metrics import GITHUB_CALLS, GITHUB_WAITS
from bot.settings import Secret
from bot.tracing import span

VERSION = "2022-11-28"
TIMEOUT = 30  # seconds
LONGEST_WAIT = 120.0  # seconds; whoever has to wait longer comes back later
MOST_WAITS = 3
_CURSOR = re.compile(r'[?&]cursor=([^&>]+)[^>]*>; rel="next"')
RESERVE = 0.1  # of an hour's calls is kept for jobs that are under way


class RefusedError(ForgeError):
    """GitHub understood the call and said no; `status` is HTTP's number."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class RateLimitedError(ForgeUnavailable):
    """GitHub asks to wait for longer than this job will."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds between calls, and how to wait."""

    reads: float = 0.0
    writes: float = 1.0
    sleep: Callable[[float], None] = time.sleep


class _Bearer(Auth.Auth):
    """Asks for the token at every call, so that a long job outlives its first one."""

    def __init__(self, token: Callable[[], Secret]) -> None:
        self._token = token

    @property
    def token_type(self) -> str:
        return "Bearer"

    @property
    def token(self) -> str:
        return self._token().reveal()


class Api:
    """One caller's calls, one after the other. Nothing is sent before the first call."""

    def __init__(
        self, url: str, token: Callable[[], Secret], pauses: Pauses, limit: Limit | None = None
    ) -> None:
        self._url = url
        self._bearer = _Bearer(token)
        self._pauses = pauses
        self._limit = limit or Unshared()

    @cached_property
    def _requester(self) -> Requester:
        # PyGithub's own retries repeat a POST after a 502 that may have taken effect.
        retry = Retry(
            total=2,
            backoff_factor=0.5,
            status_forcelist=(500, 502, 503, 504),
            allowed_methods={"GET", "HEAD"},
            respect_retry_after_header=False,
            raise_on_status=False,
        )
        return Github(
            auth=self._bearer,
            base_url=self._url,
            timeout=TIMEOUT,
            user_agent="suture",
            per_page=100,
            retry=retry,
            seconds_between_requests=self._pauses.reads,
            seconds_between_writes=self._pauses.writes,
            api_version=VERSION,
        ).requester

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """The answer's JSON.

        Raises GoneError (404), PermissionMissing, RefusedError (any other no), ForgeUnavailable (it may have
        taken effect all the same), RateLimitedError (it has not).
        """
        return self._answer(method, path, body, query)[1]

    def pages(self, path: str, query: Mapping[str, Any] | None = None, within: str = "") -> Iterator[Any]:
        """All items of a list, a hundred a call; `within` names the list where the answer is an object."""
        number, before = 1, None
        while True:
            asked = {**(query or {}), "per_page": 100, "page": number}
            headers, answer = self._answer("GET", path, None, asked)
            if answer == before:  # after a redirection the query is lost
                raise ForgeUnavailable(f"{path}: GitHub gives the same page twice; it is tried again later.")
            before = answer
            yield from answer[within] if within else answer
            if 'rel="next"' not in headers.get("link", ""):
                return
            number += 1

    def by_cursor(self, path: str) -> Iterator[Any]:
        """Likewise, of a list that GitHub pages by a word of its own."""
        asked: dict[str, object] = {"per_page": 100}
        while True:
            headers, answer = self._answer("GET", path, None, asked)
            yield from answer
            following = _CURSOR.search(headers.get("link", ""))
            if following is None:
                return
            asked["cursor"] = unquote(following[1])

    def graphql(self, query: str, variables: Mapping[str, Any], enough: str = "") -> Any:
        """The answer's `data`; errors beside an answer of the field `enough` do not count.

        Raises as `call` does; of several errors, the first decides how.
        """
        body = {"query": query, "variables": dict(variables)}
        answer = self.call("POST", self._requester.graphql_url, body)
        errors = answer.get("errors") or []
        if not errors or (enough and (answer.get("data") or {}).get(enough)):
            return answer["data"]
        said = "; ".join(str(one.get("message", "")).rstrip(".") for one in errors)[:500]
        match errors[0].get("type"):
            case "NOT_FOUND":
                raise GoneError(f"GitHub does not find it (any more): {said}.")
            case "FORBIDDEN":
                raise PermissionMissing(
                    f"{said}. Check the App's permissions, and rules that protect the branch."
                )
            case "RATE_LIMITED":
                self._limit.close(time.time() + 60.0)
                raise RateLimitedError(f"GitHub's limit for calls is used up: {said}.")
            case _:
                raise RefusedError(f"GitHub refused: {said}.", 200)

    def _answer(
        self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, Any] | None
    ) -> tuple[dict[str, Any], Any]:
        wait = self._limit.opens_at() - time.time()
        for tries in range(MOST_WAITS):
            if wait > LONGEST_WAIT:
                break
            if wait > 0:
                self._pauses.sleep(wait)
            try:
                headers, answer = self._once(method, path, body, query)
            except GithubException as exc:
                waits = _wait(exc, time.time(), tries)
                if waits is None:
                    raise _translated(exc, f"{method} {path}") from exc
                wait = waits
                self._limit.close(time.time() + wait)
            except (RuntimeError, AssertionError) as exc:  # PyGithub's, for an address that is not GitHub's
                raise ForgeError(
                    f"{method} {path} leads away from SUTURE_GITHUB_API_URL, and no token is sent after it. "
                    "Set it to where GitHub's API is now."
                ) from exc
            except requests.RequestException as exc:
                kind = type(exc).__name__
                raise ForgeUnavailable(
                    f"GitHub cannot be reached ({kind}); it is tried again later."
                ) from exc
            else:
                self._heed(headers)
                return headers, answer
            GITHUB_WAITS.inc()
        raise RateLimitedError(
            f"GitHub asks to wait {wait:.0f} seconds before {method} {path}; try again later."
        )

    def _heed(self, headers: Mapping[str, Any]) -> None:
        """What an answer tells of the calls that are left, where there is a limit."""
        told = [str(headers.get(f"x-ratelimit-{name}", "")) for name in ("limit", "remaining", "reset")]
        if not all(one.isdigit() for one in told):
            return
        limit, remaining, reset = map(int, told)
        self._limit.left(remaining, float(reset))
        if remaining < RESERVE * limit:
            self._limit.run_low(float(reset))

    def _once(
        self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, Any] | None
    ) -> tuple[dict[str, Any], Any]:
        status = 0
        try:
            with span("github call", method=method, path=path.partition("?")[0]):
                answer = self._requester.requestJsonAndCheck(
                    method, path, parameters=dict(query) if query else None, input=body
                )
        except GithubException as exc:
            status = exc.status
            raise
        else:
            status = 200
            return answer
        finally:
            GITHUB_CALLS.labels(method, str(status)).inc()


def _wait(exc: GithubException, now: float, tries: int) -> float | None:
    """How long GitHub asks to wait before the same call; None when it is no matter of waiting.

    Where it does not say, a minute, and twice as long after each of the `tries` before.
    """
    headers = exc.headers or {}
    said = str((exc.data or {}).get("message", "") if isinstance(exc.data, dict) else exc.data).lower()
    if exc.status not in {403, 429} or not (
        "retry-after" in headers or exc.status == 429 or "rate limit" in said or "abuse" in said
    ):
        return None
    if headers.get("retry-after", "").isdigit():
        return float(headers["retry-after"])
    if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdigit():
        return max(float(headers["x-ratelimit-reset"]) - now + 1, 1.0)
    return 60.0 * (1 << tries)


def _translated(exc: GithubException, call: str) -> ForgeError:
    said = _message(exc)
    match exc.status:
        case 404 | 410 | 451:
            return GoneError(f"{call}: GitHub does not find it (any more), or the App may not see it. {said}")
        case 403:
            needs = (exc.headers or {}).get("x-accepted-github-permissions", "")
            more = f" It takes one of these permissions: {needs}." if needs else ""
            return PermissionMissing(
                f"{call}: {said}.{more} Check the App's permissions on this installation."
            )
        case status if status >= 500:
            return ForgeUnavailable(f"{call}: GitHub failed with {status}; it is tried again later.")
        case status:
            return RefusedError(f"{call}: GitHub refused with {status}: {said}", status)


def _message(exc: GithubException) -> str:
    data = exc.data if isinstance(exc.data, dict) else {}
    errors = [
        str(one.get("message") or one) if isinstance(one, dict) else str(one)
        for one in data.get("errors") or []
    ]
    return "; ".join([str(data.get("message") or "no reason given").rstrip("."), *errors])[:500]
