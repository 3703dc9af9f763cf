"""The stand-in as a flask application: REST, GraphQL, git and pages behind one door that keeps a journal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from bot.demo.github import (
    git_http,
    manifests,
    oauth,
    rest_apps,
    rest_checks,
    rest_contents,
    rest_git,
    rest_hooks,
    rest_pulls,
    rest_reviews,
    rest_scanning,
)
from bot.demo.github.auth import allow, identify
from bot.demo.github.calls import Answer, ApiError, Call, Caller, Route, not_found
from bot.demo.github.graphql import answer_query
from bot.demo.github.journal import Kind
from bot.demo.github.moved import leading_on
from bot.demo.github.pages import show
from bot.demo.github.records import Json, Repository, Token
from bot.demo.github.state import GitHub

ROUTES: tuple[Route, ...] = (
    *rest_apps.ROUTES,
    *manifests.ROUTES,
    *oauth.ROUTES,
    *rest_hooks.ROUTES,
    *rest_pulls.ROUTES,
    *rest_reviews.ROUTES,
    *rest_checks.ROUTES,
    *rest_git.ROUTES,
    *rest_contents.ROUTES,
    *rest_scanning.ROUTES,
)
_API = "/api/v3"
_SECRET_HEADERS = {"authorization", "cookie"}


def create_github(state: GitHub) -> Flask:
    """The application that serves `state`."""
    app = Flask("bot.demo.github", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # flask's default provider has it
    for route in ROUTES:
        name = f"{route.method} {route.template}"
        app.add_url_rule(_API + route.template, name, _rest(state, route), methods=[route.method])
    app.add_url_rule("/api/graphql", "graphql", _graphql(state), methods=["POST"])
    git_url = "/<owner>/<repo>.git/<path:tail>"
    app.add_url_rule(git_url, "git", _git(state), methods=["GET", "POST"])
    for page in ("/", "/<path:path>"):
        app.add_url_rule(page, f"page {page}", _page(state), methods=["GET"])
    for name in ("/settings/apps/new", "/organizations/<organization>/settings/apps/new"):
        app.add_url_rule(name, f"form {name}", _form(state, _ask), methods=["POST"])
    app.add_url_rule("/settings/apps/create", "form create", _form(state, _make), methods=["POST"])
    for name, method, take in _OAUTH:
        app.add_url_rule(name, f"oauth {method} {name}", _form(state, take), methods=[method])
    app.register_error_handler(HTTPException, _unknown(state))
    app.wsgi_app = leading_on(state, app.wsgi_app)  # type: ignore[assignment,method-assign]  # flask's way
    return app


View = Callable[..., Response]


def _rest(state: GitHub, route: Route) -> View:
    def view(**args: Any) -> Response:
        def work() -> Answer:
            caller = identify(state, request.headers.get("Authorization", ""))
            _count(state, caller)
            allow(state, caller, route, _repository_of(state, args))
            call = Call(
                state, caller, args, request.args, _body(request), _path(request), dict(request.headers)
            )
            return route.handler(call)

        return _answer(state, "rest", route.template, work)

    return view


def _repository_of(state: GitHub, args: dict[str, Any]) -> Repository | None:
    if "owner" in args:
        return state.repository(f"{args['owner']}/{args['repo']}")
    return next((one for one in state.repositories if one.id == args.get("id")), None)


def _graphql(state: GitHub) -> View:
    def view() -> Response:
        def work() -> Answer:
            caller = identify(state, request.headers.get("Authorization", ""))
            if caller.token is None:
                raise ApiError(401, "This endpoint requires you to be authenticated.")
            _count(state, caller)
            return answer_query(
                Call(state, caller, {}, request.args, _body(request), "/graphql", dict(request.headers))
            )

        return _answer(state, "graphql", "/graphql", work)

    return view


def _git(state: GitHub) -> View:
    def view(owner: str, repo: str, tail: str) -> Response:
        def work() -> Answer:
            query = request.query_string.decode()
            name, body = f"{owner}/{repo}", request.get_data(cache=True)
            return git_http.serve(state, request.method, name, tail, query, dict(request.headers), body)

        return _answer(state, "git", "/{owner}/{repo}.git", work)

    return view


def _page(state: GitHub) -> View:
    def view(path: str = "") -> Response:
        known = not request.path.startswith("/api/")

        def work() -> Answer:
            if not known:
                raise not_found()
            return show(state, path)

        return _answer(state, "page" if known else "rest", "", work, unknown=not known)

    return view


def _form(state: GitHub, take: Callable[[GitHub, str], Answer]) -> View:
    def view(organization: str = "") -> Response:
        return _answer(state, "page", "", lambda: take(state, organization))

    return view


def _ask(state: GitHub, organization: str) -> Answer:
    return manifests.ask(state, organization, request.form, request.args)


def _make(state: GitHub, _organization: str) -> Answer:
    return manifests.make(state, request.form)


_OAUTH: tuple[tuple[str, str, Callable[[GitHub, str], Answer]], ...] = (
    ("/login/oauth/authorize", "GET", lambda state, _: oauth.authorize(state, request.args)),
    ("/login/oauth/authorize", "POST", lambda state, _: oauth.agree(state, request.form)),
    ("/login/oauth/access_token", "POST", lambda state, _: oauth.exchange(state, request.form)),
)


def _unknown(state: GitHub) -> Callable[[HTTPException], Response]:
    """What no route takes is answered as GitHub does, and remembered as a mistake of the caller."""

    def handle(_: HTTPException) -> Response:
        def work() -> Answer:
            raise not_found()

        return _answer(state, "rest", "", work, unknown=True)

    return handle


def _answer(
    state: GitHub, kind: Kind, route: str, work: Callable[[], Answer], *, unknown: bool = False
) -> Response:
    """Carry out a call, unless a fault was asked for, and write it down."""
    body = request.get_data(cache=True)
    fault = state.faults.take(request.method, _path(request), body)
    if fault and fault.before:
        fault.before()
    if fault and fault.status and not fault.took_effect:
        answer = Answer(fault.answer, fault.status, fault.headers)
    else:
        answer = _carry_out(state, work)
        if fault and fault.status:
            answer = Answer(fault.answer, fault.status, fault.headers)
    response = _response(state, answer)
    state.journal.record(
        kind=kind,
        method=request.method,
        path=_path(request),
        route=route,
        query=request.query_string.decode(),
        headers={name: _shown(name, value) for name, value in request.headers.items()},
        body=body,
        status=response.status_code,
        faulty=bool(fault and fault.status),
        response=response.get_data(),
        unknown=unknown,
    )
    return response


def _carry_out(state: GitHub, work: Callable[[], Answer]) -> Answer:
    with state.lock:
        try:
            return work()
        except ApiError as error:
            return Answer(error.body, error.status, error.headers)


def _response(state: GitHub, answer: Answer) -> Response:
    """The answer with GitHub's headers; a GET the caller already has is 304."""
    if isinstance(answer.body, bytes):
        return Response(answer.body, answer.status, dict(answer.headers))
    data = b"" if answer.status == 204 else json.dumps(answer.body).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-GitHub-Media-Type": "github.v3; format=json",
        "X-GitHub-Request-Id": f"{len(state.journal.entries):04X}:STAND:IN",
    } | dict(answer.headers)
    if request.method == "GET" and answer.status == 200:
        headers["ETag"] = f'W/"{hashlib.sha256(data).hexdigest()}"'
        if request.headers.get("If-None-Match") == headers["ETag"]:
            token = _token(state)
            if token is not None:
                token.used -= 1  # an answer the caller already had is free
            return Response(b"", 304, headers)
    return Response(data, answer.status, _limits(state) | headers)


def _token(state: GitHub) -> Token | None:
    return state.tokens.get(request.headers.get("Authorization", "").partition(" ")[2])


def _limits(state: GitHub) -> dict[str, str]:
    token = _token(state)
    used = token.used if token else 0
    reset = int(state.now().timestamp()) // 3600 * 3600 + 3600
    return {
        "X-RateLimit-Limit": str(state.rate_limit),
        "X-RateLimit-Used": str(used),
        "X-RateLimit-Remaining": str(max(state.rate_limit - used, 0)),
        "X-RateLimit-Reset": str(reset),
        "X-RateLimit-Resource": "graphql" if request.path == "/api/graphql" else "core",
    }


def _count(state: GitHub, caller: Caller) -> None:
    """Count the call against the token's hour. Raises ApiError (403) when it is used up."""
    token = caller.token
    if token is None or _path(request) == "/rate_limit":
        return
    if token.used >= state.rate_limit:
        owner = token.installation.id if token.installation else token.account.login
        raise ApiError(403, f"API rate limit exceeded for installation ID {owner}.")
    token.used += 1


def _body(incoming: Request) -> Json:
    """The JSON object of the body, {} for none. Raises ApiError (400)."""
    data = incoming.get_data(cache=True)
    if not data:
        return {}
    try:
        parsed = json.loads(data)
    except ValueError:
        raise ApiError(400, "Problems parsing JSON") from None
    if not isinstance(parsed, dict):
        raise ApiError(400, "Body should be a JSON object")
    return parsed


def _path(incoming: Request) -> str:
    """The path as the documentation writes it."""
    path = incoming.path
    return path.removeprefix(_API) if path.startswith(f"{_API}/") else path.removeprefix("/api")


def _shown(name: str, value: str) -> str:
    return value.partition(" ")[0] if name.lower() in _SECRET_HEADERS else value
