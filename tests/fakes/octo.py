"""A small world on the stand-in, for its own tests: an App, a repository, a pull request, and clients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import github
import requests

from bot.demo.github import create_app, create_repository, install, open_pull_request, push_files
from bot.demo.github.records import App, Installation, PullRequest, Repository
from bot.demo.github.scene import new_key
from bot.demo.github.state import GitHub
from tests.fakes.github import GitHubServer

BASE = {"app.py": "".join(f"line {number}\n" for number in range(1, 41)), "gone.py": "old\n"}
HEAD = BASE["app.py"].replace("line 3\n", "line three\n").replace("line 30\n", "line thirty\nline more\n")


@cache
def key() -> str:
    """One private key for all of a session's Apps; making one takes long."""
    return new_key()


@dataclass(frozen=True)
class World:
    """What the tests of the stand-in work with."""

    server: GitHubServer
    app: App
    repository: Repository
    installation: Installation
    pull: PullRequest

    @property
    def state(self) -> GitHub:
        return self.server.state

    def client(self, **options: Any) -> github.Github:
        """PyGithub as the installed App, without pauses or retries."""
        auth = github.Auth.AppAuth(self.app.client_id, self.app.private_key)
        told = {
            "base_url": self.state.api,
            "seconds_between_requests": 0,
            "seconds_between_writes": 0,
            "retry": None,
        }
        return github.Github(auth=auth.get_installation_auth(self.installation.id), **(told | options))

    def token(self, **scope: Any) -> str:
        """An installation token, got as the App gets it."""
        answer = self.call(
            "POST", f"/app/installations/{self.installation.id}/access_tokens", scope, self.jwt()
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def jwt(self, **options: Any) -> str:
        """The App's JWT."""
        return github.Auth.AppAuth(self.app.client_id, self.app.private_key).create_jwt(**options)

    def call(
        self, method: str, path: str, body: object = None, token: str = "", **headers: str
    ) -> requests.Response:
        """One REST call; below the repository when the path does not begin with a slash."""
        where = path if path.startswith("/") else f"/repos/{self.repository.full_name}/{path}"
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        shown = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(method, self.state.api + where, json=body, headers=sent | shown, timeout=30)

    def graphql(self, token: str, query: str, **variables: object) -> dict[str, Any]:
        """What GraphQL answers."""
        sent = {"query": query, "variables": variables}
        where = f"{self.server.url}/api/graphql"
        answer = requests.post(where, json=sent, headers={"Authorization": f"Bearer {token}"}, timeout=30)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@contextmanager
def world(folder: Path, *, private: bool = False) -> Iterator[World]:
    """A pull request of `feature` into `main` that changes two places of app.py and takes gone.py away."""
    with GitHubServer(folder) as server:
        state = server.state
        app = create_app(state, private_key=key())
        base = folder / "base"
        base.mkdir()
        for name, text in BASE.items():
            (base / name).write_text(text)
        home = create_repository(state, "acme/shop", base, private=private)
        installation = install(state, app, "acme")
        push_files(state, home, "feature", {"app.py": HEAD, "gone.py": None, "pic.bin": b"\0\1\2"})
        pull = open_pull_request(state, home, "main", "feature", "Change lines", "Why not")
        yield World(server, app, home, installation, pull)
