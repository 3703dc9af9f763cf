"""One call of the REST API on its way to a handler, and the answers a handler can give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bot.demo.github.records import Account, App, Installation, Json, PullRequest, Repository, Token
from bot.demo.github.state import GitHub

_DOCS = "https://docs.github.com/rest"


class ApiError(Exception):
    """An answer other than success, with GitHub's words."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: Sequence[object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body: Json = {"message": message, "documentation_url": _DOCS, "status": str(status)}
        if errors is not None:
            self.body["errors"] = list(errors)


def not_found() -> ApiError:
    """404, which also stands for what the caller may not see."""
    return ApiError(404, "Not Found")


def refused(*sentences: str) -> ApiError:
    """422 in the form that has sentences only."""
    return ApiError(422, "Unprocessable Entity", list(sentences))


def invalid(resource: str, field_name: str, message: str, code: str = "custom") -> ApiError:
    """422 in the form that names the field."""
    error = {"resource": resource, "code": code, "field": field_name, "message": message}
    return ApiError(422, "Validation Failed", [error])


def bad_request(message: str) -> ApiError:
    """422 as the API's own checking of parameters words it."""
    return ApiError(422, f"Invalid request.\n\n{message}")


@dataclass(frozen=True)
class Answer:
    """A successful answer: a JSON value, or the bytes of a body that is none."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Caller:
    """Who calls: an App with its JWT, a token's owner, or nobody (all None)."""

    app: App | None = None
    token: Token | None = None

    @property
    def installation(self) -> Installation | None:
        return self.token.installation if self.token else None

    def may(self, permission: str, level: str) -> bool:
        """Whether the token carries the permission at that level."""
        if self.token is None:
            return False
        if self.token.installation is None:
            return True
        has = self.token.permissions.get(permission)
        return has == "write" or (has == "read" and level == "read")

    def sees(self, repository: Repository, state: GitHub) -> bool:
        """Whether the token's scope holds the repository."""
        if self.token is None:
            return False
        if self.token.installation is None:
            return True
        chosen = self.token.repository_ids
        inside = state.installation_of(repository) is self.token.installation
        return inside and (chosen is None or repository.id in chosen)


@dataclass(frozen=True)
class Call:
    """A call whose caller is known and may make it."""

    state: GitHub
    caller: Caller
    args: Mapping[str, Any]
    query: Mapping[str, str]
    json: Json
    path: str
    headers: Mapping[str, str]

    @property
    def repository(self) -> Repository:
        """The repository of the path. Raises ApiError (404)."""
        found = self.state.repository(f"{self.args['owner']}/{self.args['repo']}")
        if found is None:
            raise not_found()
        return found

    @property
    def pull(self) -> PullRequest:
        """The pull request of the path. Raises ApiError (404)."""
        found = self.state.pull(self.repository, self.args["number"])
        if found is None:
            raise not_found()
        return found

    @property
    def author(self) -> Account:
        """The account that writes."""
        if self.caller.token is None:
            raise ApiError(401, "Requires authentication")
        return self.caller.token.account

    def text(self, name: str, *, required: bool = False) -> str | None:
        """A string of the body. Raises ApiError (422) when it is of another type, or missing."""
        value = self.json.get(name)
        if value is None and required:
            raise bad_request(f'"{name}" wasn\'t supplied.')
        if value is not None and not isinstance(value, str):
            raise bad_request(f"For '{name}', {value!r} is not a string.")
        return value


@dataclass(frozen=True)
class Route:
    """A documented operation: its template, who may call it, and what answers it.

    `needs` is "permission:level" (several with "|" when either will do), "app" for the App's JWT,
    "installation" for any installation token, "user" for a person who signed in to an App, or "" for
    everybody.
    """

    method: str
    template: str
    handler: Callable[[Call], Answer]
    needs: str


def paged(call: Call, items: Sequence[Any], shape: Callable[[Any], Json], key: str = "") -> Answer:
    """One page of `items` with GitHub's Link header; under `key` beside a total where the API does so."""
    per_page = min(max(_number(call, "per_page", 30), 1), 100)
    page = max(_number(call, "page", 1), 1)
    last = max(-(-len(items) // per_page), 1)
    shown = [shape(item) for item in items[(page - 1) * per_page : page * per_page]]
    links = {"prev": page - 1 if page > 1 else None, "next": page + 1 if page < last else None}
    links |= {"last": last if page < last else None, "first": 1 if page > 1 else None}
    address = f"{call.state.api}{call.path}"
    pieces = [
        f'<{address}?{urlencode(dict(call.query) | {"page": number})}>; rel="{name}"'
        for name, number in links.items()
        if number is not None
    ]
    headers = {"Link": ", ".join(pieces)} if pieces else {}
    return Answer({"total_count": len(items), key: shown} if key else shown, headers=headers)


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, "")
    return int(text) if text.isdecimal() else default
