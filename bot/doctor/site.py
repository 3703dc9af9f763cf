"""What the checks look at: the settings, the clock, and GitHub's answers, each asked for once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import requests

from bot.errors import SettingsError
from bot.forge.api import TIMEOUT, VERSION
from bot.forge.app_auth import app_jwt
from bot.settings import Secret, Settings

PER_PAGE = 100
_NOBODY = Secret("")
_HEADERS = {
    "Accept": "application/vnd.github+json",
    "User-Agent": "suture",
    "X-GitHub-Api-Version": VERSION,
}
LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer of GitHub, or why there is none."""

    status: int = 0  # 0: nobody answered
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: Any = None  # the JSON; None for something else
    text: str = ""  # the beginning of what is no JSON
    fault: str = ""  # why nobody answered
    at: float = 0.0  # this machine's time when it came

    @property
    def message(self) -> str:
        """What GitHub said, for a person to read."""
        said = self.body.get("message") if isinstance(self.body, dict) else None
        return printable(str(said or self.fault or self.text or f"status {self.status}"))


class Site:
    """One server's surroundings. Nothing is asked before a check needs it."""

    def __init__(
        self,
        settings: Settings,
        variables: tuple[str, ...] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.variables = variables  # the names of all that are set
        self.clock = clock
        self._seen: dict[tuple[str, str], Seen] = {}

    def as_app(self, path: str) -> Seen | None:
        """The answer to the App itself; None where there are no credentials to ask with."""
        bearer = self._jwt
        return self._once("GET", path, "app", bearer) if bearer else None

    def as_nobody(self, path: str) -> Seen:
        """The answer without credentials."""
        return self._once("GET", path, "nobody", _NOBODY)

    def mint(self, installation_id: int) -> Seen | None:
        """The answer to a wish for a token that may read names; None without credentials."""
        path = f"/app/installations/{installation_id}/access_tokens"
        body = {"permissions": {"metadata": "read"}}
        bearer = self._jwt
        return self._once("POST", path, "app", bearer, body) if bearer else None

    def as_installation(self, installation_id: int, path: str) -> Seen | None:
        """The answer to an installation; None where it is given no token."""
        minted = self.mint(installation_id)
        value = minted.body.get("token") if minted and isinstance(minted.body, dict) else None
        who = f"installation {installation_id}"
        return self._once("GET", path, who, Secret(str(value))) if value else None

    def app(self) -> Mapping[str, Any] | None:
        """The App as GitHub knows it; None when that cannot be had, which is told by its own check."""
        seen = self.as_app("/app")
        known = seen is not None and seen.status == 200 and isinstance(seen.body, dict)
        return seen.body if seen is not None and known else None

    def installations(self) -> list[Mapping[str, Any]] | None:
        """The first hundred; None when they cannot be had."""
        seen = self.as_app(f"/app/installations?per_page={PER_PAGE}") if self.app() else None
        return seen.body if seen and seen.status == 200 and isinstance(seen.body, list) else None

    @cached_property
    def _jwt(self) -> Secret | None:
        key = self.settings.private_key
        if not self.settings.app_id or key is None:
            return None
        try:
            return app_jwt(self.settings.app_id, key, self.clock())
        except SettingsError:
            return None

    def _once(
        self,
        method: str,
        path: str,
        who: str,
        bearer: Secret,
        body: Mapping[str, Any] | None = None,
    ) -> Seen:
        if (who, path) not in self._seen:
            self._seen[who, path] = self._fetch(method, path, bearer, body)
        return self._seen[who, path]

    def _fetch(self, method: str, path: str, bearer: Secret, body: Mapping[str, Any] | None) -> Seen:
        try:
            answer = requests.request(
                method,
                self.settings.github_api_url + path,
                headers=_HEADERS,
                auth=_Bearer(bearer),
                json=body,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as exc:
            return Seen(fault=_fault(exc), at=self.clock())
        names = {name.lower(): value for name, value in answer.headers.items()}
        try:
            found = answer.json()
        except ValueError:
            return Seen(answer.status_code, names, None, answer.text[:LONGEST_TEXT], at=self.clock())
        return Seen(answer.status_code, names, found, at=self.clock())


class _Bearer(requests.auth.AuthBase):
    """Also keeps the library from taking a password out of ~/.netrc."""

    def __init__(self, word: Secret) -> None:
        self._word = word

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._word is not _NOBODY:
            request.headers["Authorization"] = f"Bearer {self._word.reveal()}"
        return request


def _fault(exc: requests.RequestException) -> str:
    if isinstance(exc, requests.exceptions.SSLError):
        return "its certificate is not trusted here"
    if isinstance(exc, requests.exceptions.Timeout):
        return f"no answer within {TIMEOUT} seconds"
    return f"no connection ({type(exc).__name__})"


def printable(text: str) -> str:
    """Words of others, on one line, without anything that a terminal obeys."""
    return "".join(one if one.isprintable() else " " for one in text[:LONGEST_TEXT]).strip()
