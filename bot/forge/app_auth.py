"""The App's identity: its signed JWT, and installation tokens with only the rights that one job needs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm

from bot.errors import GoneError, PermissionMissing, SettingsError
from bot.forge.answers import understood
from bot.forge.api import Api, Pauses, RefusedError
from bot.forge.limit import Limit, Unshared
from bot.metrics import TOKENS_MINTED
from bot.settings import Secret, Settings

# What each kind of work needs, and no more. Resolving a thread takes `contents: write` too.
JOB_RIGHTS = {"contents": "write", "pull_requests": "write", "checks": "write"}
FETCH_RIGHTS = {"contents": "read"}  # git, whose environment holds the token
TALK_RIGHTS = {"contents": "read", "pull_requests": "write"}
APPLY_RIGHTS = {"contents": "write", "pull_requests": "write"}
GROUP_RIGHTS = {"checks": "write", "pull_requests": "read"}
CLOSE_RIGHTS = {"contents": "write", "pull_requests": "write"}
EARLY = 300.0  # seconds before its end in which a token is no longer used

Rights = Mapping[str, str]


def app_jwt(issuer: str, private_key: Secret, now: float) -> Secret:
    """The App's own credential, for ten minutes at most. Raises SettingsError for a key that cannot sign."""
    # GitHub refuses a JWT from the future, and clocks differ.
    claims = {"iat": int(now) - 60, "exp": int(now) + 540, "iss": issuer}
    try:
        return Secret(jwt.encode(claims, private_key.reveal(), algorithm="RS256"))
    except (jwt.PyJWTError, ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise SettingsError(
            "The App's private key cannot be used. Set SUTURE_PRIVATE_KEY_PATH to the .pem file that GitHub "
            "gave for this App, whole and unchanged."
        ) from exc


def app_api(settings: Settings, clock: Callable[[], float] = time.time) -> Api:
    """The calls that the App makes in its own name. Raises SettingsError."""
    key = settings.private_key
    if not settings.app_id or key is None:
        raise SettingsError("Set SUTURE_APP_ID and SUTURE_PRIVATE_KEY_PATH: without them there is no App.")
    pauses = Pauses(settings.read_interval, 0.0)
    return Api(settings.github_api_url, lambda: app_jwt(settings.app_id, key, clock()), pauses)


@dataclass(frozen=True, slots=True)
class _Kept:
    token: Secret
    ends: float
    lacks: str = ""


class Tokens:
    """Installation tokens, kept until shortly before their end. Thread-safe; a token is an opaque word.

    `limit_of` tells what an installation's limit of calls leaves.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.time,
        limit_of: Callable[[int], Limit] = lambda _installation_id: Unshared(),
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._limit_of = limit_of
        self._kept: dict[tuple[int, int, tuple[tuple[str, str], ...]], _Kept] = {}
        self._lock = threading.Lock()

    def token(self, installation_id: int, repository_id: int, rights: Rights) -> Secret:
        """A token for one repository with these rights, good for five minutes at least.

        Where the installation lets us only read contents, it is a token for that.
        Raises SettingsError (key, App id), GoneError (not installed), PermissionMissing, ForgeError.
        """
        return self._get(installation_id, repository_id, dict(rights)).token

    def lacks(self, installation_id: int, repository_id: int, rights: Rights) -> str:
        """The one of these rights that the installation does not give; empty for none. Raises as `token`."""
        return self._get(installation_id, repository_id, dict(rights)).lacks

    def _get(self, installation_id: int, repository_id: int, wanted: dict[str, str]) -> _Kept:
        key = (installation_id, repository_id, tuple(sorted(wanted.items())))
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.ends - self._clock() < EARLY:
                kept = self._best(installation_id, repository_id, wanted)
                self._kept[key] = kept
            return kept

    def _best(self, installation_id: int, repository_id: int, wanted: dict[str, str]) -> _Kept:
        try:
            return self._mint(installation_id, repository_id, wanted)
        except PermissionMissing:
            if wanted.get("contents") != "write":
                raise
            with suppress(PermissionMissing):
                read_only = self._mint(installation_id, repository_id, wanted | {"contents": "read"})
                return replace(read_only, lacks="contents: write")
            raise

    def granted(self, installation_id: int) -> Rights:
        """What the installation grants the App now. Raises SettingsError, ForgeError."""
        asked = app_api(self._settings, self._clock)
        answer = asked.call("GET", f"/app/installations/{installation_id}")
        with understood("an installation"):
            return {str(name): str(level) for name, level in answer["permissions"].items()}

    def reader(self, repository: str) -> tuple[int, Secret]:
        """The id of a repository ("owner/name") and a token that may read its contents and nothing else.

        Raises GoneError where the App is not installed on it, and as `token` does.
        """
        found = app_api(self._settings, self._clock).call("GET", f"/repos/{repository}/installation")
        body = {"permissions": {"contents": "read"}, "repositories": [repository.partition("/")[2]]}
        with understood("the installation"):
            answer = self._ask(int(found["id"]), body)
            return int(answer["repositories"][0]["id"]), Secret(str(answer["token"]))

    def api(
        self, installation_id: int, repository_id: int, rights: Rights, pauses: Pauses | None = None
    ) -> Api:
        """The calls of one job, with these rights on its repository."""
        settings = self._settings
        return Api(
            settings.github_api_url,
            lambda: self.token(installation_id, repository_id, rights),
            pauses or Pauses(settings.read_interval, settings.write_interval),
            self._limit_of(installation_id),
        )

    def forget(self, installation_id: int) -> None:
        """Drop the tokens of an installation whose rights changed."""
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if key[0] != installation_id}

    def _mint(self, installation_id: int, repository_id: int, rights: dict[str, str]) -> _Kept:
        answer = self._ask(installation_id, {"permissions": rights, "repository_ids": [repository_id]})
        with understood("the token"):
            ends = datetime.fromisoformat(answer["expires_at"]).timestamp()
            return _Kept(Secret(str(answer["token"])), ends)

    def _ask(self, installation_id: int, body: dict[str, Any]) -> Any:
        try:
            # PyGithub's own call can neither narrow the rights nor the repositories.
            path = f"/app/installations/{installation_id}/access_tokens"
            answer = app_api(self._settings, self._clock).call("POST", path, body)
        except GoneError as exc:
            raise GoneError(
                f"Installation {installation_id} is gone: the App was uninstalled there, or SUTURE_APP_ID "
                "and the private key belong to another App."
            ) from exc
        except RefusedError as exc:
            raise self._explained(exc, installation_id, body["permissions"]) from exc
        TOKENS_MINTED.inc()
        return answer

    def _explained(self, exc: RefusedError, installation_id: int, rights: dict[str, str]) -> Exception:
        if exc.status == 401:
            return SettingsError(
                f"GitHub does not accept the App's signature ({exc}). Check that the clock of this machine "
                "is right, and that SUTURE_APP_ID and the private key belong to the same App."
            )
        if exc.status == 422:
            wanted = ", ".join(f"{name}: {level}" for name, level in sorted(rights.items()))
            return PermissionMissing(
                f"Installation {installation_id} does not grant what the App needs ({wanted}), or not for "
                f"this repository ({exc}). An owner of the account has to accept the App's permissions."
            )
        return exc
