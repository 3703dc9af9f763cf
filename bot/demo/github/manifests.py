"""Apps made from a manifest: the pages that a person sees, and the exchange of the code they end in."""

from __future__ import annotations

import ipaddress
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from bot.demo.github import shapes
from bot.demo.github.calls import Answer, ApiError, Call, Route, not_found
from bot.demo.github.pages import html
from bot.demo.github.records import Account, App, Json
from bot.demo.github.scene import create_app

if TYPE_CHECKING:
    from bot.demo.github.state import GitHub

LIFE = timedelta(hours=1)
_LONGEST_NAME = 34
_MOST_CALLBACKS = 10
_UNLISTED = {"installation", "installation_repositories", "github_app_authorization", "ping"}
_NEEDS = {  # event: the permissions of which one has to be asked for
    "check_run": {"checks"},
    "check_suite": {"checks"},
    "issue_comment": {"issues"},
    "merge_group": {"merge_queues"},
    "pull_request": {"pull_requests"},
    "pull_request_review": {"pull_requests"},
    "pull_request_review_comment": {"pull_requests"},
    "pull_request_review_thread": {"pull_requests"},
    "push": {"contents"},
    "repository": set(),
}


@dataclass(eq=False)
class Made:
    """An App that waits for its code to be exchanged."""

    app: App
    created_at: datetime
    taken: bool = False


def ask(state: GitHub, organization: str, form: Mapping[str, str], query: Mapping[str, str]) -> Answer:
    """The page that shows the App before it is made, or what is wrong with its manifest (422)."""
    owner = _owner(state, organization)
    manifest = _parsed(form.get("manifest", ""))
    wrong = problems(state, manifest)
    facts = {"owner": owner.login, "organization": organization, "manifest": manifest, "wrong": wrong}
    page = html("manifest.html", **facts, sent=form.get("manifest", ""), state=query.get("state", ""))
    return Answer(page.body, 422 if wrong else 200, page.headers)


def make(state: GitHub, form: Mapping[str, str]) -> Answer:
    """Make the App and lead back with a code; the name may have been changed on the page."""
    manifest = _parsed(form.get("manifest", "")) | {"name": form.get("name", "")}
    owner = _owner(state, form.get("organization", ""))
    wrong = problems(state, manifest)
    if wrong:
        raise ApiError(422, "; ".join(wrong))
    app = create_app(
        state,
        _slug(manifest["name"]),
        owner=owner.login,
        hook_url=manifest["hook_attributes"]["url"],
        webhook_secret=secrets.token_hex(20),
        permissions=manifest.get("default_permissions", {}),
        events=manifest.get("default_events", []),
        private_key=state.app_key,
    )
    app.name, app.client_secret = manifest["name"], secrets.token_hex(20)
    app.callback_urls = tuple(manifest.get("callback_urls", []))
    code = secrets.token_hex(20)
    state.manifests[code] = Made(app, state.now())
    back = {"code": code} | ({"state": form["state"]} if form.get("state") else {})
    return Answer(b"", 302, {"Location": f"{manifest['redirect_url']}?{urlencode(back)}"})


def problems(state: GitHub, manifest: Json) -> list[str]:
    """Why GitHub would not take the manifest."""
    name, hook = manifest.get("name") or "", manifest.get("hook_attributes")
    slugs = {one.slug for one in state.apps} | set(state.accounts)
    found = []
    if len(name) > _LONGEST_NAME:
        found.append(f"Name is too long (maximum is {_LONGEST_NAME} characters)")
    if not name or _slug(name) in slugs:
        found.append("Name is already taken" if name else "Name can't be blank")
    if not _is_address(manifest.get("url")):
        found.append("Url must be a valid URL")
    if not isinstance(hook, dict) or not _is_address(hook.get("url")):
        found.append("Hook url can't be blank")
    elif _is_local(hook["url"]):
        found.append("Hook url is not supported because it isn't reachable over the public Internet")
    if not _is_address(manifest.get("redirect_url")):
        found.append("Redirect url must be a valid URL")
    if len(manifest.get("callback_urls", [])) > _MOST_CALLBACKS:
        found.append(f"Callback urls: at most {_MOST_CALLBACKS}")
    asked = set(manifest.get("default_permissions", {}))
    events = manifest.get("default_events", [])
    unfit = [one for one in events if one in _UNLISTED or one not in _NEEDS or not _fits(one, asked)]
    return [*found, *([f"Default events unsupported: {', '.join(unfit)}"] if unfit else [])]


def _fits(event: str, asked: set[str]) -> bool:
    return not _NEEDS[event] or bool(_NEEDS[event] & asked)


def _is_address(value: object) -> bool:
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _parsed(text: str) -> Json:
    try:
        found = json.loads(text)
    except ValueError:
        raise ApiError(422, "The manifest is not JSON.") from None
    if not isinstance(found, dict):
        raise ApiError(422, "The manifest is not an object.")
    return found


def _owner(state: GitHub, organization: str) -> Account:
    """The organization, or whoever is signed in: here always dana. Raises ApiError (404)."""
    if not organization:
        return state.account("dana")
    found = state.accounts.get(organization.lower())
    if found is None or found.kind != "Organization":
        raise not_found()
    return found


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _convert(call: Call) -> Answer:
    made = call.state.manifests.get(call.args["code"])
    if made is None or made.taken or call.state.now() >= made.created_at + LIFE:
        raise not_found()
    made.taken = True
    app = made.app
    given = {
        "client_secret": app.client_secret,
        "webhook_secret": app.webhook_secret,
        "pem": app.private_key,
    }
    return Answer(shapes.app(call.state, app) | given, 201)


ROUTES = (Route("POST", "/app-manifests/<code>/conversions", _convert, ""),)
