"""How people sign in: the App's user flow, and which repositories a person may see.

The person's token is used within one call and kept nowhere.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from github import Auth, Github, GithubException
from urllib3.util import Retry

from bot.errors import ForgeError, ForgeUnavailable, InputError
from bot.forge.address import web_url
from bot.forge.api import TIMEOUT, VERSION
from bot.settings import Secret

MOST_CALLS = 60  # of one sign-in
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Client:
    """The App as people sign in to it."""

    api_url: str
    id: str
    secret: Secret
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who signed in, and the App's repositories that they can see at GitHub, names by ids."""

    login: str
    repositories: Mapping[int, str]


def authorize_url(client: Client, state: str, verifier: str) -> str:
    """Where the browser goes; GitHub leads back to the client's `redirect_uri` with a code and the state."""
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "client_id": client.id,
        "redirect_uri": client.redirect_uri,
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{web_url(client.api_url)}/login/oauth/authorize?{urlencode(asked)}"


def person(client: Client, code: str, verifier: str) -> Person:
    """Use the code up. Raises InputError (it is none, or was used), ForgeUnavailable, ForgeError."""
    token = _token(client, code, verifier)
    # A sign-in that takes long is begun again by the person.
    hub = Github(
        auth=Auth.Token(token),
        base_url=client.api_url,
        timeout=TIMEOUT,
        user_agent="suture",
        retry=Retry(total=0, raise_on_status=False),
        api_version=VERSION,
    )
    try:
        return _read(hub)
    except GithubException as exc:
        if exc.status in {403, 429} or exc.status >= 500:
            raise ForgeUnavailable(f"GitHub answered with {exc.status}; try again in a minute.") from exc
        raise ForgeError(f"GitHub refused to say what you may see, with {exc.status}.") from exc
    except requests.RequestException as exc:
        raise _unreachable(client, exc) from exc
    finally:
        hub.close()


def _token(client: Client, code: str, verifier: str) -> str:
    sent = {
        "client_id": client.id,
        "client_secret": client.secret.reveal(),
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": verifier,
    }
    address = f"{web_url(client.api_url)}/login/oauth/access_token"
    try:
        answer = requests.post(
            address, sent, headers={"Accept": "application/json"}, timeout=TIMEOUT, allow_redirects=False
        )
        told = answer.json() if answer.status_code == 200 else {}
    except requests.JSONDecodeError:
        told = {}
    except requests.RequestException as exc:
        raise _unreachable(client, exc) from exc
    if answer.status_code in {403, 429} or answer.status_code >= 500:
        raise ForgeUnavailable(f"GitHub answered with {answer.status_code}; try again in a minute.")
    if not isinstance(told, dict) or not ("access_token" in told or "error" in told):
        raise ForgeError(f"What answers at {address} is not GitHub. Check SUTURE_GITHUB_API_URL.")
    if told.get("error") == "bad_verification_code":
        raise InputError("GitHub does not know the code: it was used before, or is older than ten minutes.")
    if "error" in told:
        raise ForgeError(
            f"GitHub let nobody in ({str(told['error'])[:60]}). Check SUTURE_CLIENT_ID, SUTURE_CLIENT_SECRET "
            f"and that {client.redirect_uri} is a callback URL of the App."
        )
    return str(told["access_token"])


def _read(hub: Github) -> Person:
    calls = iter(range(MOST_CALLS))
    _, who = hub.requester.requestJsonAndCheck("GET", "/user")
    installations = _all(hub, "/user/installations", "installations", calls)
    seen = {
        int(repository["id"]): str(repository["full_name"])
        for one in installations
        if not one.get("suspended_at")  # nothing of it can be read until its owner lets the App work again
        for repository in _all(hub, f"/user/installations/{one['id']}/repositories", "repositories", calls)
    }
    return Person(str(who["login"]), seen)


def _all(hub: Github, path: str, key: str, calls: Iterator[int]) -> list[dict[str, Any]]:
    """Every page of a list. Raises ForgeError rather than leave some out."""
    found: list[dict[str, Any]] = []
    for page in range(1, MOST_CALLS + 1):
        if next(calls, None) is None:
            raise ForgeError(f"You can see more repositories than {MOST_CALLS} calls to GitHub can list.")
        parameters = {"per_page": _PAGE, "page": page}
        _, told = hub.requester.requestJsonAndCheck("GET", path, parameters=parameters)
        found += told[key]
        if len(told[key]) < _PAGE:
            break
    return found


def _unreachable(client: Client, exc: Exception) -> ForgeUnavailable:
    return ForgeUnavailable(f"GitHub cannot be reached at {client.api_url} ({type(exc).__name__}).")
