"""REST: the App itself, its installations and tokens, repositories, rate limit."""

from __future__ import annotations

from bot.demo.github import shapes
from bot.demo.github.auth import mint
from bot.demo.github.calls import Answer, ApiError, Call, Route, bad_request, not_found, paged
from bot.demo.github.records import Installation, Json

_MAX_REPOSITORIES = 500


def _get_app(call: Call) -> Answer:
    one = call.caller.app
    if one is None:
        raise not_found()
    mine = sum(installation.app is one for installation in call.state.installations)
    return Answer(shapes.app(call.state, one) | {"installations_count": mine})


def _list_installations(call: Call) -> Answer:
    mine = [one for one in call.state.installations if one.app is call.caller.app]
    return paged(call, mine, lambda one: shapes.installation(call.state, one))


def _installation(call: Call) -> Installation:
    for one in call.state.installations:
        if one.id == call.args["id"] and one.app is call.caller.app:
            return one
    raise not_found()


def _get_installation(call: Call) -> Answer:
    return Answer(shapes.installation(call.state, _installation(call)))


def _get_repository_installation(call: Call) -> Answer:
    found = call.state.installation_of(call.repository)
    if found is None or found.app is not call.caller.app:
        raise not_found()
    return Answer(shapes.installation(call.state, found))


def _create_token(call: Call) -> Answer:
    installation = _installation(call)
    chosen = _chosen_repositories(call, installation)
    permissions = call.json.get("permissions") or {}
    if not isinstance(permissions, dict):
        raise bad_request("For 'permissions', a value is not an object.")
    token = mint(call.state, installation, permissions, chosen)
    body: Json = {
        "token": token.value,
        "expires_at": shapes.stamp(token.expires_at),
        "permissions": token.permissions,
        "repository_selection": "selected" if chosen or installation.repository_ids is not None else "all",
    }
    if chosen is not None:
        listed = [one for one in call.state.repositories if one.id in chosen]
        body["repositories"] = [shapes.repository(call.state, one) for one in listed]
    return Answer(body, 201)


def _chosen_repositories(call: Call, installation: Installation) -> frozenset[int] | None:
    ids, names = call.json.get("repository_ids"), call.json.get("repositories")
    if ids is None and names is None:
        return None
    if len(ids or ()) > _MAX_REPOSITORIES or len(names or ()) > _MAX_REPOSITORIES:
        raise ApiError(422, f"Too many repositories: at most {_MAX_REPOSITORIES} can be named.")
    by_name = {one.name: one.id for one in call.state.covered(installation)}
    chosen = frozenset(ids or ()) | {by_name.get(name, -1) for name in names or ()}
    return chosen or None


def _revoke_token(call: Call) -> Answer:
    if call.caller.token is not None:
        del call.state.tokens[call.caller.token.value]
    return Answer(status=204)


def _list_repositories(call: Call) -> Answer:
    seen = [one for one in call.state.repositories if call.caller.sees(one, call.state)]
    answer = paged(call, seen, lambda one: shapes.repository(call.state, one), "repositories")
    chosen = call.caller.installation and call.caller.installation.repository_ids
    return Answer(
        answer.body | {"repository_selection": "all" if chosen is None else "selected"}, 200, answer.headers
    )


def _get_repository(call: Call) -> Answer:
    return Answer(shapes.full_repository(call.state, call.repository))


def _get_repository_by_id(call: Call) -> Answer:
    found = next((one for one in call.state.repositories if one.id == call.args["id"]), None)
    if found is None:
        raise not_found()
    return Answer(shapes.full_repository(call.state, found))


def _get_rate_limit(call: Call) -> Answer:
    used = call.caller.token.used if call.caller.token else 0
    reset = int(call.state.now().timestamp()) // 3600 * 3600 + 3600
    limit = call.state.rate_limit
    core = {"limit": limit, "used": used, "remaining": max(limit - used, 0), "reset": reset}
    return Answer({"resources": {"core": core, "graphql": core, "search": core}, "rate": core})


def _get_permission(call: Call) -> Answer:
    who = call.state.account(call.args["login"])
    name = "write" if who.kind == "User" and who.login not in call.state.readers else "read"
    shaped = shapes.account(call.state, who) | {"role_name": name}
    return Answer({"permission": name, "role_name": name, "user": shaped})


ROUTES = (
    Route("GET", "/app", _get_app, "app"),
    Route("GET", "/app/installations", _list_installations, "app"),
    Route("GET", "/app/installations/<int:id>", _get_installation, "app"),
    Route("POST", "/app/installations/<int:id>/access_tokens", _create_token, "app"),
    Route("GET", "/repos/<owner>/<repo>/installation", _get_repository_installation, "app"),
    Route("DELETE", "/installation/token", _revoke_token, "installation"),
    Route("GET", "/installation/repositories", _list_repositories, "installation"),
    Route("GET", "/rate_limit", _get_rate_limit, ""),
    Route("GET", "/repos/<owner>/<repo>", _get_repository, "metadata:read"),
    Route("GET", "/repositories/<int:id>", _get_repository_by_id, "metadata:read"),
    Route("GET", "/repos/<owner>/<repo>/collaborators/<login>/permission", _get_permission, "metadata:read"),
)
