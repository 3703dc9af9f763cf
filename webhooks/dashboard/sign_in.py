"""The door of the dashboard: GitHub says who somebody is and what they see, anew after an hour."""

from __future__ import annotations

import hmac
import logging
import secrets
from http import HTTPStatus

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug import Response

from bot.errors import ForgeError, ForgeUnavailable, InputError, SutureError
from bot.forge.registration import SIGN_IN_PATH
from bot.forge.sign_in import Client, authorize_url, person
from bot.jobs import sessions
from bot.jobs.overview import Reading
from bot.jobs.sessions import Session
from bot.settings import Secret, Settings
from webhooks.pages import page

PATH = "/dashboard"
_ON_THE_WAY = 600  # seconds from our door to GitHub and back
_STATUSES: dict[type[SutureError], HTTPStatus] = {
    InputError: HTTPStatus.BAD_REQUEST,
    ForgeUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    ForgeError: HTTPStatus.BAD_GATEWAY,
}
_STRANGE = (
    "GitHub led here, but not from a sign-in that this browser began within the last ten minutes. "
    "Nobody was signed in."
)
_log = logging.getLogger("suture.web")


def missing(settings: Settings) -> tuple[str, ...]:
    """The settings without which nobody can sign in."""
    found = {
        "SUTURE_CLIENT_ID": bool(settings.app_id) and not settings.app_id.isdecimal(),
        "SUTURE_CLIENT_SECRET": settings.client_secret is not None,
        "SUTURE_PUBLIC_URL": bool(settings.public_url),
    }
    return tuple(name for name, is_set in found.items() if not is_set)


class Door:
    """Signs people in and out, and knows who is in. All that `missing` names has to be set."""

    def __init__(self, settings: Settings, reading: Reading) -> None:
        self._reading = reading
        self._client = Client(
            settings.github_api_url,
            settings.app_id,
            settings.client_secret or Secret(""),
            settings.public_url + SIGN_IN_PATH,
        )
        self._is_https = settings.public_url.startswith("https:")
        prefix = "__Secure-" if self._is_https else ""
        self._cookie, self._way = f"{prefix}suture", f"{prefix}suture_way"

    def add_to(self, parts: Blueprint) -> None:
        parts.add_url_rule("/sign-in", "sign_in", self.sign_in)
        parts.add_url_rule(SIGN_IN_PATH.removeprefix(PATH), "signed_in", self.signed_in)
        parts.add_url_rule("/sign-out", "sign_out", self.sign_out, methods=["POST"])

    def session(self) -> Session | None:
        """Who sent the request."""
        word = request.cookies.get(self._cookie, "")
        if not word:
            return None
        with self._reading.open() as engine:
            return sessions.find(engine, word)

    def shut(self) -> ResponseReturnValue:
        """What somebody sees who is not signed in, whatever they asked for."""
        return page("dashboard/welcome.html", HTTPStatus.UNAUTHORIZED)

    def sign_in(self) -> ResponseReturnValue:
        """Send the browser to GitHub, with a state that it alone can bring back."""
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        answer = redirect(authorize_url(self._client, state, verifier), HTTPStatus.SEE_OTHER)
        self._keep(answer, self._way, f"{state}.{verifier}", _ON_THE_WAY)
        return answer

    def signed_in(self) -> ResponseReturnValue:
        """The way back from GitHub."""
        state, _, verifier = request.cookies.get(self._way, "").partition(".")
        told = request.args.get("state", "")
        if not (state and verifier and hmac.compare_digest(state.encode(), told.encode())):
            return self._failed(InputError(_STRANGE))
        if "error" in request.args:
            return self._failed(InputError(_refusal(request.args["error"])))
        try:
            who = person(self._client, request.args.get("code", ""), verifier)
        except SutureError as error:
            _log.warning("nobody signed in", extra={"reason": str(error)})
            return self._failed(error)
        with self._reading.open() as engine:
            word = sessions.begin(engine, who.login, who.repositories)
        answer = redirect(PATH, HTTPStatus.SEE_OTHER)
        self._keep(answer, self._cookie, word, int(sessions.LIFE))
        self._keep(answer, self._way, "", 0)
        return answer

    def sign_out(self) -> ResponseReturnValue:
        """End the session, for a form of ours alone."""
        session = self.session()
        if session is None:
            return self.shut()
        if not hmac.compare_digest(session.form.encode(), request.form.get("form", "").encode()):
            return self._failed(InputError("This form is not from a page of yours. Nothing was done."))
        with self._reading.open() as engine:
            sessions.end(engine, request.cookies[self._cookie])
        answer = redirect(PATH, HTTPStatus.SEE_OTHER)
        self._keep(answer, self._cookie, "", 0)
        return answer

    def _failed(self, error: SutureError) -> ResponseReturnValue:
        status = next((one for kind, one in _STATUSES.items() if isinstance(error, kind)), None)
        answer = page("dashboard/failed.html", status or HTTPStatus.INTERNAL_SERVER_ERROR, error=str(error))
        self._keep(answer, self._way, "", 0)
        return answer

    def _keep(self, answer: Response, name: str, value: str, seconds: int) -> None:
        # Lax: GitHub's way back here is a link from another site.
        answer.set_cookie(
            name, value, seconds, path=PATH, httponly=True, samesite="Lax", secure=self._is_https
        )


def _refusal(error: str) -> str:
    if error == "access_denied":
        return "You did not agree at GitHub, so nobody was signed in."
    return (
        f"GitHub refused ({error[:60]}). Whoever runs this server: is this address a callback URL of the App?"
    )
