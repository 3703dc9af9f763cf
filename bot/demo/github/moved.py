"""Repositories under another name: the old one leads on to the number, as GitHub's API does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from bot.demo.github.events import emit
from bot.demo.github.records import Repository
from bot.demo.github.state import GitHub

_NAMED = re.compile(r"/api/v3/repos/([^/]+/[^/]+)(/.*)?")
_NUMBERED = re.compile(r"/api/v3/repositories/(\d+)(/.+)")
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def rename(state: GitHub, repository: Repository, name: str, *, by: str = "dana") -> None:
    """Give it another name; delivers `repository` (renamed)."""
    with state.lock:
        before, state.moved[repository.full_name.lower()] = repository.name, repository.id
        repository.name = name
        payload = {"action": "renamed", "changes": {"repository": {"name": {"from": before}}}}
        emit(state, repository, "repository", state.account(by), payload)


def transfer(state: GitHub, repository: Repository, owner: str) -> None:
    """Give it to another account, where the App may be installed or not."""
    with state.lock:
        state.moved[repository.full_name.lower()] = repository.id
        repository.owner = state.account(owner, "Organization")


def leading_on(state: GitHub, app: Wsgi) -> Wsgi:
    """The application, which also answers to old names (301, 307 for writes) and to numbers."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if named := _NAMED.fullmatch(path):
            number = state.moved.get(named[1].lower())
            if number is not None and state.repository(named[1]) is None:
                query = f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else ""
                place = f"{state.api}/repositories/{number}{named[2] or ''}{query}"
                status = "301 Moved Permanently" if environ["REQUEST_METHOD"] == "GET" else "307 Temporary"
                start_response(status, [("Location", place), ("Content-Type", "application/json")])
                return [json.dumps({"message": "Moved Permanently", "url": place}).encode()]
        if numbered := _NUMBERED.fullmatch(path):
            found = next((one for one in state.repositories if one.id == int(numbered[1])), None)
            if found is not None:
                environ["PATH_INFO"] = f"/api/v3/repos/{found.full_name}{numbered[2]}"
        return app(environ, start_response)

    return answer
