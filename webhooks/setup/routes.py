"""The pages of set-up, and the way between them."""

from __future__ import annotations

import json
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue

from bot.errors import ForgeError, ForgeUnavailable, GoneError, InputError, SutureError
from bot.forge.address import web_url
from bot.forge.public_address import doubts
from bot.forge.registration import EVENTS, LONGEST_NAME, PERMISSIONS, manifest
from bot.settings import Settings
from webhooks.pages import page
from webhooks.setup.desk import Desk, Made
from webhooks.setup.form import Filled, first_form, read_form
from webhooks.setup.session import LIFE, Pass, Plan, Session

COOKIE = "suture_setup"
_SHUT = {
    Pass.WRONG: "This link is not the one on the console.",
    Pass.USED: "This link was used before. If that was not you, somebody else has read the console.",
    Pass.LATE: "This link is older than an hour.",
}
_STATUSES = {InputError: 400, GoneError: 410, ForgeError: 502, SutureError: 500}
_STRANGE = (
    "GitHub led here, but not from a set-up that this server began in this browser. Nothing was taken over. "
    "If an App was made just now, delete it at GitHub, or give the next one another name."
)
_NEEDS_LINK = "Set-up is opened by the link on the server's console, in the browser that opened it first."


class Pages:
    """The pages of one set-up."""

    def __init__(self, settings: Settings, session: Session, desk: Desk) -> None:
        self._settings = settings
        self._session = session
        self._desk = desk
        self._github = web_url(settings.github_api_url)

    def begin(self) -> ResponseReturnValue:
        """The form, or the first use of the link, which opens it."""
        if "token" in request.args:
            return _open(self._session, self._settings, request.args["token"])
        if not self._is_let_in():
            return _shut(_NEEDS_LINK)
        return self._form(first_form(self._session.latest, self._settings.public_url))

    def plan(self) -> ResponseReturnValue:
        """What GitHub will be asked for, with the form that asks it."""
        if not self._is_own_form():
            return _shut(_NEEDS_LINK)
        origin = request.headers.get("Origin", "")
        filled, wanted = read_form(request.form, self._settings.public_url, origin)
        if wanted is None:
            return self._form(filled, HTTPStatus.UNPROCESSABLE_ENTITY)
        return self._confirm(wanted)

    def created(self) -> ResponseReturnValue:
        """GitHub's way back, with the code."""
        wanted = self._session.plan_of(request.args.get("state", ""))
        if wanted is None or not self._is_let_in():
            return _shut(_STRANGE)
        try:
            return self._done(self._desk.take(wanted, request.args.get("code", "")))
        except SutureError as error:
            return self._failed(error)

    def store(self) -> ResponseReturnValue:
        """Another try to store what GitHub gave."""
        if not self._is_own_form():
            return _shut(_NEEDS_LINK)
        try:
            made = self._desk.store()
        except SutureError as error:
            return self._failed(error)
        return self._done(made) if made else redirect("/setup", HTTPStatus.SEE_OTHER)

    def _is_let_in(self) -> bool:
        return self._session.knows(request.cookies.get(COOKIE, ""))

    def _is_own_form(self) -> bool:
        return self._is_let_in() and self._session.is_own_form(request.form.get("form", ""))

    def _form(self, filled: Filled, status: HTTPStatus = HTTPStatus.OK) -> ResponseReturnValue:
        return page(
            "setup/form.html",
            status,
            filled=filled,
            is_public_set=bool(self._settings.public_url),
            form=self._session.form,
            github=self._github,
            longest_name=LONGEST_NAME,
        )

    def _confirm(self, plan: Plan) -> ResponseReturnValue:
        whose = f"/organizations/{quote(plan.organization)}" if plan.organization else ""
        state = self._session.keep(plan)
        asked = manifest(plan.public_url, name=plan.name, redirect_url=f"{plan.back_to}/setup/created")
        return page(
            "setup/confirm.html",
            forms_to=origin_of(self._github),
            action=f"{self._github}{whose}/settings/apps/new?state={state}",
            manifest=json.dumps(asked),
            asked=asked,
            plan=plan,
            doubts=doubts(plan.public_url),
            permissions=PERMISSIONS,
            events=EVENTS,
            github=self._github,
            place=self._desk.place,
        )

    def _done(self, made: Made) -> ResponseReturnValue:
        return page("setup/done.html", made=made, place=self._desk.place)

    def _failed(self, error: SutureError) -> ResponseReturnValue:
        """Say what failed and what can be done: again, store again, or from the start."""
        way = "again" if isinstance(error, ForgeUnavailable) else "start"
        return page(
            "setup/failed.html",
            HTTPStatus(next(status for kind, status in _STATUSES.items() if isinstance(error, kind))),
            error=str(error),
            way="store" if self._desk.is_unfinished else way,
            again=request.full_path,
            form=self._session.form,
            github=self._github,
            place=self._desk.place,
        )


def add_setup(app: Flask, pages: Pages) -> None:
    """Add the routes below /setup."""
    app.add_url_rule("/setup", "begin", pages.begin, methods=["GET"])
    app.add_url_rule("/setup", "plan", pages.plan, methods=["POST"])
    app.add_url_rule("/setup/created", "created", pages.created, methods=["GET"])
    app.add_url_rule("/setup/store", "store", pages.store, methods=["POST"])


def add_finished(app: Flask) -> None:
    """What stands at /setup once there is an App."""

    @app.get("/setup")
    @app.get("/setup/created", endpoint="finished_created")
    def finished() -> ResponseReturnValue:
        return page("setup/finished.html", HTTPStatus.GONE)


def _open(session: Session, settings: Settings, token: str) -> ResponseReturnValue:
    became = session.open(token)
    if became is not Pass.GOOD:
        return _shut(_SHUT[became])
    answer = redirect("/setup", HTTPStatus.SEE_OTHER)
    public = urlsplit(settings.public_url)
    is_https = request.is_secure or (public.scheme == "https" and request.host == public.netloc)
    # Lax: GitHub's way back here is a link from another site.
    answer.set_cookie(
        COOKIE, session.cookie, int(LIFE), path="/setup", httponly=True, samesite="Lax", secure=is_https
    )
    return answer


def _shut(reason: str) -> ResponseReturnValue:
    return page("setup/shut.html", HTTPStatus.FORBIDDEN, reason=reason)


def origin_of(address: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
