"""Who calls: the App's JWT, installation tokens and their scope, as strict as GitHub about each."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta

import jwt

from bot.demo.github.calls import ApiError, Caller, Route, not_found
from bot.demo.github.records import App, Installation, Repository, Token
from bot.demo.github.state import GitHub

TOKEN_LIFE = timedelta(hours=1)
_LONGEST_JWT = 600  # seconds from now to `exp`
_LEVELS = {"read": 1, "write": 2, "admin": 3}


def identify(state: GitHub, authorization: str) -> Caller:
    """The caller behind an Authorization header. Raises ApiError (401)."""
    scheme, _, value = authorization.partition(" ")
    if not authorization:
        return Caller()
    if scheme.lower() not in {"bearer", "token"}:
        raise ApiError(401, "Bad credentials")
    if value.startswith(("ghs_", "ghp_", "ghu_")):
        return Caller(token=find_token(state, value))
    if scheme.lower() != "bearer":
        raise ApiError(401, "Bad credentials")
    return Caller(app=_app_of_jwt(state, value))


def find_token(state: GitHub, value: str) -> Token:
    """The living token of this value. Raises ApiError (401; 403 when its installation is suspended)."""
    token = state.tokens.get(value)
    if token is None or (token.expires_at is not None and token.expires_at <= state.now()):
        raise ApiError(401, "Bad credentials")
    if token.installation is not None:
        _ensure_living(state, token.installation)
    return token


def _ensure_living(state: GitHub, installation: Installation) -> None:
    if installation not in state.installations:
        raise ApiError(401, "Bad credentials")
    if installation.suspended_at is not None:
        raise ApiError(403, "This installation has been suspended")


def _app_of_jwt(state: GitHub, value: str) -> App:
    try:
        claims = jwt.decode(value, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise ApiError(401, "A JSON web token could not be decoded") from None
    issuer = str(claims.get("iss", ""))
    app = next((one for one in state.apps if issuer in {str(one.id), one.client_id}), None)
    if app is None:
        raise ApiError(404, "Integration not found")
    try:
        jwt.decode(
            value, app.public_key, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
        )
    except jwt.InvalidTokenError:
        raise ApiError(401, "A JSON web token could not be decoded") from None
    _check_times(claims, state.now().timestamp())
    return app


def _check_times(claims: Mapping[str, object], now: float) -> None:
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int | float) or expires <= now:
        raise ApiError(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which "
            "the assertion expires",
        )
    if expires > now + _LONGEST_JWT + 1:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
    if not isinstance(issued, int | float) or issued > now + 1:
        raise ApiError(
            401,
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was "
            "issued",
        )


def allow(
    state: GitHub, caller: Caller, route: Route, repository: Repository | None, level: str = ""
) -> None:
    """Raises ApiError unless the caller may use the route on this repository."""
    if route.needs == "":
        return
    if route.needs == "app":
        if caller.app is None:
            raise ApiError(401, "A JSON web token could not be decoded")
        return
    if caller.app is not None:
        raise ApiError(
            403, "You must authenticate with an installation access token in order to use this endpoint."
        )
    if route.needs == "user":
        if caller.token is None or caller.token.app is None:
            raise ApiError(
                403,
                "You must authenticate with an access token authorized to a GitHub App to use this endpoint.",
            )
        return
    if caller.token is not None and caller.token.app is not None:
        raise not_accessible(route.needs)  # this stand-in's people sign in to be known, and do no more
    if route.needs == "installation":
        if caller.installation is None:
            raise ApiError(
                403, "You must authenticate with an installation access token to list repositories."
            )
        return
    _allow_repository(state, caller, route, repository)


def _allow_repository(state: GitHub, caller: Caller, route: Route, repository: Repository | None) -> None:
    """A private repository outside the scope does not exist; a public one says that it is out of reach."""
    wanted = [need.split(":") for need in route.needs.split("|")]
    if repository is None:
        raise not_found()
    if caller.token is None:
        if repository.private:
            raise not_found()
        if any(level != "read" for _, level in wanted):
            raise ApiError(401, "Requires authentication")
        return
    if not caller.sees(repository, state) and repository.private:
        raise not_found()
    if not caller.sees(repository, state) or not any(caller.may(name, level) for name, level in wanted):
        raise not_accessible(route.needs)


def not_accessible(needs: str) -> ApiError:
    """The 403 that says which permission is missing, in the header GitHub says it in."""
    accepted = {"X-Accepted-GitHub-Permissions": needs.replace(":", "=").replace("|", "; ")}
    return ApiError(403, "Resource not accessible by integration", headers=accepted)


def mint(
    state: GitHub,
    installation: Installation,
    permissions: Mapping[str, str] | None = None,
    repository_ids: frozenset[int] | None = None,
) -> Token:
    """A token for one hour with at most the installation's rights. Raises ApiError (422, 403)."""
    if installation.account.login in state.walled:
        raise ApiError(
            403,
            f"Although you appear to have the correct authorization credentials, the "
            f"`{installation.account.login}` organization has an IP allow list enabled, and your IP address "
            "is not permitted to access this resource.",
        )
    if installation.suspended_at is not None:
        raise ApiError(403, "This installation has been suspended")
    wanted = dict(permissions or installation.permissions)
    for name, level in wanted.items():
        if _LEVELS.get(level, 9) > _LEVELS.get(installation.permissions.get(name, ""), 0):
            raise ApiError(422, "The permissions requested are not granted to this installation.")
    if repository_ids is not None and not repository_ids <= {one.id for one in state.covered(installation)}:
        raise ApiError(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent "
            "installation.",
        )
    expires_at = state.now() + TOKEN_LIFE
    value = f"ghs_{installation.app.id}_{_opaque(installation, expires_at.timestamp())}"
    wanted = {"metadata": "read"} | wanted
    token = Token(value, installation.app.bot, expires_at, wanted, installation, repository_ids)
    state.tokens[value] = token
    return token


def _opaque(installation: Installation, expires: float) -> str:
    """A long word with dots, as GitHub's tokens have become."""
    claims = {"sub": installation.id, "exp": int(expires), "jti": secrets.token_hex(96)}
    return jwt.encode(claims | {"sub": str(installation.id)}, secrets.token_hex(32), algorithm="HS256")
