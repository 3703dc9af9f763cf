"""GitHub for tests: the stand-in, which at the end holds every call against GitHub's own descriptions."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from bot.demo.github import GitHub, Server
from bot.demo.github.journal import Entry
from tests.contracts import graphql, openapi
from tests.contracts.fetch import GRAPHQL, OPENAPI


class ContractBrokenError(AssertionError):
    """A test sent GitHub something that GitHub does not take, or the stand-in answered as GitHub does not."""


class GitHubServer(Server):
    """A stand-in whose repositories are below `folder`.

    Leaving it without an error raises ContractBrokenError when a call was unknown, was not as documented, or
    was answered in a form that is not GitHub's. Calls that GitHub refused (4xx), and those answered by a
    fault, are held to nothing.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        super().__init__(GitHub(folder / "github"), port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is None:
            broken = self.broken()
            if broken:
                raise ContractBrokenError("\n".join(broken))

    def broken(self) -> list[str]:
        """What was not as it is at GitHub, in words."""
        entries = list(self.state.journal.entries)
        found = [f"unknown call: {one.method} {one.path}" for one in entries if one.unknown]
        for one in entries:
            found += problems(one)
        return found


def problems(entry: Entry) -> list[str]:
    """What GitHub's descriptions, where they were fetched, say against one call."""
    if entry.unknown or entry.faulty or entry.status >= 400:
        return []
    if entry.kind == "graphql" and GRAPHQL.file.is_file():
        return graphql.check_query(entry.body)
    if entry.kind == "rest" and OPENAPI.file.is_file():
        asked = openapi.check_request(entry.method, entry.path, entry.query, entry.body)
        plain = entry.response_is_json and entry.status != 304
        told = openapi.check_response(entry.method, entry.path, entry.status, entry.response) if plain else []
        return asked + told
    return []
