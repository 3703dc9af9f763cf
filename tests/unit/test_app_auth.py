"""The App's credentials: what is asked for, how long it is kept, and what to do when it is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from bot.demo.github import GitHub, Server, create_app, create_repository, install
from bot.errors import ForgeError, GoneError, PermissionMissing, SettingsError
from bot.forge.address import web_url
from bot.forge.app_auth import JOB_RIGHTS, Tokens, app_jwt
from bot.settings import Secret, Settings
from tests.fakes.published import app_key


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    state = GitHub(root=tmp_path)
    with Server(state):
        app = create_app(state, private_key=app_key())
        create_repository(state, "acme/shop", private=True)
        install(state, app, "acme")
        yield state


@pytest.fixture
def settings(github: GitHub) -> Settings:
    app = github.apps[0]
    return Settings(app_id=app.client_id, private_key=Secret(app.private_key), github_api_url=github.api)


def ids(github: GitHub) -> tuple[int, int]:
    return github.installations[0].id, github.repositories[0].id


def test_the_jwt_is_what_github_takes() -> None:
    """A minute back for clocks that differ, under ten minutes ahead, issued by the App."""
    token = app_jwt("Iv1", Secret(app_key()), 1_000_000.7)

    claims = jwt.decode(token.reveal(), options={"verify_signature": False})
    assert claims == {"iat": 999_940, "exp": 1_000_540, "iss": "Iv1"}
    assert jwt.get_unverified_header(token.reveal())["alg"] == "RS256"
    with pytest.raises(SettingsError, match="SUTURE_PRIVATE_KEY_PATH"):
        app_jwt("Iv1", Secret("-----BEGIN nonsense"), 1.0)


def test_a_token_is_narrow_and_kept_until_shortly_before_its_end(github: GitHub, settings: Settings) -> None:
    """One repository, three rights; asked for once, and again with less than five minutes left."""
    tokens = Tokens(settings, clock=lambda: github.now().timestamp())

    first = tokens.token(*ids(github), JOB_RIGHTS)
    again = tokens.token(*ids(github), JOB_RIGHTS)
    github.clock_offset += timedelta(seconds=3600 - 320)
    kept = tokens.token(*ids(github), JOB_RIGHTS)
    github.clock_offset += timedelta(seconds=60)
    fresh = tokens.token(*ids(github), JOB_RIGHTS)

    assert first == again == kept != fresh
    made = github.tokens[first.reveal()]
    assert made.repository_ids == {ids(github)[1]}
    assert {name: level for name, level in made.permissions.items() if level == "write"} == {
        "contents": "write",
        "pull_requests": "write",
        "checks": "write",
    }
    assert first.reveal() not in repr(first)


def test_many_threads_make_one_token(github: GitHub, settings: Settings) -> None:
    """A token is asked for once, however many jobs start at the same time."""
    tokens = Tokens(settings)
    threads = [threading.Thread(target=tokens.token, args=(*ids(github), JOB_RIGHTS)) for _ in range(5)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(github.tokens) == 1
    tokens.forget(ids(github)[0])
    tokens.token(*ids(github), JOB_RIGHTS)
    assert len(github.tokens) == 2


def test_every_refusal_says_what_to_do(github: GitHub, settings: Settings) -> None:
    """Uninstalled, a right not granted, a key of another App, no App at all, no GitHub at all."""
    installation, repository = ids(github)

    with pytest.raises(GoneError, match="uninstalled"):
        Tokens(settings).token(installation + 999, repository, JOB_RIGHTS)
    with pytest.raises(PermissionMissing, match="members: read"):
        Tokens(settings).token(installation, repository, {"members": "read"})
    with pytest.raises(PermissionMissing, match="for this repository"):
        Tokens(settings).token(installation, repository + 999, JOB_RIGHTS)
    with pytest.raises(SettingsError, match="same App"):
        Tokens(settings, clock=lambda: 0.0).token(installation, repository, JOB_RIGHTS)
    with pytest.raises(SettingsError, match="SUTURE_APP_ID"):
        Tokens(replace(settings, app_id="")).token(installation, repository, JOB_RIGHTS)
    with pytest.raises(ForgeError, match="cannot be reached"):
        Tokens(replace(settings, github_api_url="http://127.0.0.1:9/api/v3")).token(
            installation, repository, JOB_RIGHTS
        )


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://github.acme.example/api/v3", "https://github.acme.example"),
        ("http://127.0.0.1:8080/api/v3/", "http://127.0.0.1:8080"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com"),
    ],
)
def test_pages_stand_beside_the_api(api: str, web: str) -> None:
    """On github.com, on a server of one's own, and with data residency."""
    assert web_url(api) == web


def test_an_address_that_is_none_is_refused() -> None:
    """The setting is named."""
    with pytest.raises(SettingsError, match="SUTURE_GITHUB_API_URL"):
        web_url("github.com")
