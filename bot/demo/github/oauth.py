"""People who sign in to an App: the page they agree on, the exchange of its code, what their token sees."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bot.demo.github import shapes
from bot.demo.github.calls import Answer, ApiError, Call, Route, not_found, paged
from bot.demo.github.pages import html
from bot.demo.github.records import Account, App, Installation, Json, Repository, Token

if TYPE_CHECKING:
    from bot.demo.github.state import GitHub

CODE_LIFE = timedelta(minutes=10)
TOKEN_LIFE = timedelta(hours=8)


@dataclass(eq=False)
class Grant:
    """A code that waits for its exchange."""

    app: App
    who: Account
    redirect_uri: str
    challenge: str  # "" without PKCE
    created_at: datetime
    taken: bool = False


def authorize(state: GitHub, query: Mapping[str, str]) -> Answer:
    """The page where the person who is signed in agrees. Raises ApiError (404) for an unknown App."""
    app = _app(state, query.get("client_id", ""))
    back = query.get("redirect_uri") or next(iter(app.callback_urls), "")
    if back not in app.callback_urls:
        told = {
            "error": "redirect_uri_mismatch",
            "error_description": "The redirect_uri is not associated with this application.",
            "state": query.get("state", ""),
        }
        first = next(iter(app.callback_urls), state.url)
        return Answer(b"", 302, {"Location": f"{first}?{urlencode(told)}"})
    sent = {
        "client_id": app.client_id,
        "redirect_uri": back,
        "state": query.get("state", ""),
        "code_challenge": query.get("code_challenge", ""),
    }
    if (app.id, state.signed_in) in state.authorized:
        return agree(state, {**sent, "answer": "yes"})
    return html("authorize.html", app=app, login=state.signed_in, sent=sent)


def agree(state: GitHub, form: Mapping[str, str]) -> Answer:
    """Lead back, with a code or, when the person said no, with an error."""
    app = _app(state, form.get("client_id", ""))
    back = form.get("redirect_uri", "")
    if back not in app.callback_urls:
        raise not_found()
    told = {"state": form["state"]} if form.get("state") else {}
    if form.get("answer") != "yes":
        told |= {
            "error": "access_denied",
            "error_description": "The user has denied your application access.",
        }
        return Answer(b"", 302, {"Location": f"{back}?{urlencode(told)}"})
    state.authorized.add((app.id, state.signed_in))
    code = secrets.token_hex(10)
    who = state.account(state.signed_in)
    state.grants[code] = Grant(app, who, back, form.get("code_challenge", ""), state.now())
    return Answer(b"", 302, {"Location": f"{back}?{urlencode({'code': code, **told})}"})


def exchange(state: GitHub, form: Mapping[str, str]) -> Answer:
    """The token for a code. Errors come with status 200, as GitHub's do."""
    app = next((one for one in state.apps if one.client_id == form.get("client_id")), None)
    if app is None or not app.client_secret or form.get("client_secret") != app.client_secret:
        return _error("incorrect_client_credentials", "The client_id and/or client_secret are incorrect.")
    grant = state.grants.get(form.get("code", ""))
    is_over = grant is None or grant.taken or state.now() >= grant.created_at + CODE_LIFE
    if grant is None or is_over or grant.app is not app or not _proves(grant, form.get("code_verifier", "")):
        return _error("bad_verification_code", "The code passed is incorrect or expired.")
    if form.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
        return _error("redirect_uri_mismatch", "The redirect_uri does not match the one of the code.")
    grant.taken = True
    value = f"ghu_{secrets.token_hex(18)}"
    state.tokens[value] = Token(value, grant.who, state.now() + TOKEN_LIFE, {}, app=app)
    seconds = int(TOKEN_LIFE.total_seconds())
    return Answer({"access_token": value, "expires_in": seconds, "scope": "", "token_type": "bearer"})


def _error(code: str, words: str) -> Answer:
    return Answer({"error": code, "error_description": words, "error_uri": "https://docs.github.com/apps"})


def _proves(grant: Grant, verifier: str) -> bool:
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return not grant.challenge or secrets.compare_digest(digest, grant.challenge)


def _app(state: GitHub, client_id: str) -> App:
    found = next((one for one in state.apps if one.client_id == client_id), None)
    if found is None:
        raise not_found()
    return found


def _visible(call: Call, installation: Installation) -> list[Repository]:
    """The installation's repositories that the token's owner has been given access to."""
    token = call.caller.token
    may = call.state.seen_by.get(token.account.login) if token else frozenset()
    covered = call.state.covered(installation)
    return covered if may is None else [one for one in covered if one.id in may]


def _installations(call: Call) -> list[Installation]:
    app = call.caller.token.app if call.caller.token else None
    return [one for one in call.state.installations if one.app is app and _visible(call, one)]


def _get_user(call: Call) -> Answer:
    who = call.author
    empty = ("name", "company", "location", "email", "hireable", "bio", "twitter_username")
    counts = ("public_repos", "public_gists", "followers", "following")
    body: Json = {**dict.fromkeys(empty), **dict.fromkeys(counts, 0), "blog": ""}
    stamps = dict.fromkeys(("created_at", "updated_at"), shapes.stamp(call.state.now()))
    return Answer(shapes.account(call.state, who) | body | stamps)


def _list_installations(call: Call) -> Answer:
    return paged(
        call, _installations(call), lambda one: shapes.installation(call.state, one), "installations"
    )


def _list_repositories(call: Call) -> Answer:
    one = next((one for one in _installations(call) if one.id == call.args["installation_id"]), None)
    if one is None:
        raise not_found()
    if one.suspended_at is not None:
        raise ApiError(403, "This installation has been suspended")
    seen = _visible(call, one)
    answer = paged(call, seen, lambda found: shapes.repository(call.state, found), "repositories")
    selection = {"repository_selection": "all" if one.repository_ids is None else "selected"}
    return Answer(answer.body | selection, 200, answer.headers)


ROUTES = (
    Route("GET", "/user", _get_user, "user"),
    Route("GET", "/user/installations", _list_installations, "user"),
    Route("GET", "/user/installations/<int:installation_id>/repositories", _list_repositories, "user"),
)
