"""Who may do what on the stand-in: JWTs, tokens, scopes, limits and faults."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from bot.demo.github import create_repository, suspend
from tests.fakes.octo import World, world


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def signed(there: World, **claims: Any) -> str:
    now = int(there.state.now().timestamp())
    told = {"iss": there.app.client_id, "iat": now - 60, "exp": now + 540} | claims
    return jwt.encode(
        {k: v for k, v in told.items() if v is not None}, there.app.private_key, algorithm="RS256"
    )


def test_the_app_is_known_by_its_jwt(there: World):
    """Client id and App id are both taken as issuer."""
    for issuer in (there.app.client_id, str(there.app.id)):
        answer = there.call("GET", "/app", token=signed(there, iss=issuer))

        assert answer.status_code == 200
        assert answer.json()["slug"] == "suture"


@pytest.mark.parametrize(
    ("offsets", "words"),
    [
        ({"exp": -1}, "Expiration time"),
        ({"exp": 700}, "too far in the future"),
        ({"iat": 120}, "Issued at"),
        ({"exp": None}, "Expiration time"),
    ],
)
def test_a_jwt_out_of_its_times_is_refused(there: World, offsets: dict[str, int | None], words: str):
    """`exp` is at most ten minutes ahead, `iat` is not in the future."""
    now = int(there.state.now().timestamp())
    claims = {name: None if value is None else now + value for name, value in offsets.items()}

    answer = there.call("GET", "/app", token=signed(there, **claims))

    assert answer.status_code == 401
    assert words in answer.json()["message"]


def test_a_jwt_of_another_key_is_refused(there: World):
    """A signature that is not the App's is refused, and so is an unknown App."""
    forged = jwt.encode({"iss": there.app.client_id, "iat": 1, "exp": 2**33}, "k" * 32, algorithm="HS256")

    assert there.call("GET", "/app", token=forged).status_code == 401
    assert there.call("GET", "/app", token=signed(there, iss="Iv0")).status_code == 404


def test_tokens_are_long_have_dots_and_end_after_an_hour(there: World):
    """The new format: `ghs_`, the App's id and a word with dots; 401 once its hour is over."""
    token = there.token()
    alive = there.call("GET", "pulls/1", token=token).status_code
    there.state.clock_offset = timedelta(minutes=61)
    dead = there.call("GET", "pulls/1", token=token)

    assert token.startswith(f"ghs_{there.app.id}_")
    assert token.count(".") == 2
    assert len(token) > 300
    assert (alive, dead.status_code) == (200, 401)


def test_a_token_has_only_what_was_asked_for(there: World):
    """Permissions and repositories narrow a token; the refusal names what is missing."""
    other = create_repository(there.state, "acme/other", private=True)
    token = there.token(permissions={"pull_requests": "read"}, repository_ids=[there.repository.id])

    refused = there.call("POST", "pulls/1/reviews", {"event": "COMMENT", "body": "x"}, token)

    assert there.call("GET", "pulls/1", token=token).status_code == 200
    assert refused.status_code == 403
    assert refused.json()["message"] == "Resource not accessible by integration"
    assert refused.headers["X-Accepted-GitHub-Permissions"] == "pull_requests=write"
    assert there.call("GET", f"/repos/{other.full_name}", token=token).status_code == 404


@pytest.mark.parametrize(
    "scope",
    [
        {"permissions": {"administration": "write"}},
        {"permissions": {"issues": "write"}},
        {"repository_ids": [1]},
        {"repositories": ["not-there"]},
        {"repository_ids": list(range(501))},
    ],
)
def test_a_token_beyond_the_installation_is_refused(there: World, scope: dict[str, object]):
    """More than the owner accepted cannot be had."""
    path = f"/app/installations/{there.installation.id}/access_tokens"

    assert there.call("POST", path, scope, there.jwt()).status_code == 422


def test_a_suspended_installation_gets_nothing(there: World):
    """Suspending shuts out tokens that live, and new ones."""
    token = there.token()
    suspend(there.state, there.installation)
    path = f"/app/installations/{there.installation.id}/access_tokens"

    assert there.call("GET", "pulls/1", token=token).status_code == 403
    assert there.call("POST", path, {}, there.jwt()).status_code == 403


def test_faults_before_and_after_the_write(there: World):
    """A 502 may hide that the write was made; the next call goes its usual way."""
    token, body = there.token(), {"event": "COMMENT", "body": "x"}
    there.state.faults.add("POST", r"/repos/.*/reviews", 502)
    there.state.faults.add("POST", r"/repos/.*/reviews", 502, took_effect=True)
    statuses, made = [], []
    for _ in range(3):
        statuses.append(there.call("POST", "pulls/1/reviews", body, token).status_code)
        made.append(len(there.state.reviews))

    assert statuses == [502, 502, 200]
    assert made == [0, 1, 2]


def test_a_fault_can_do_something_in_between(there: World):
    """With status 0 a call goes on after something else happened first."""
    seen: list[str] = []
    there.state.faults.add("GET", r"/repos/.*/pulls/1$", 0, before=lambda: seen.append("now"))

    assert there.call("GET", "pulls/1", token=there.token()).status_code == 200
    assert seen == ["now"]


def test_limits(there: World):
    """Headers count down; the secondary limit says how long to wait; past the primary one all is 403."""
    token = there.token()
    there.state.faults.secondary_limit("GET", "/repos/", retry_after=7)
    slow = there.call("GET", "pulls/1", token=token)
    first = there.call("GET", "pulls/1", token=token)
    there.state.rate_limit = 1
    over = there.call("GET", "pulls/1", token=token)

    assert (slow.status_code, slow.headers["Retry-After"]) == (403, "7")
    assert first.headers["X-RateLimit-Remaining"] == "4999"
    assert (over.status_code, over.headers["X-RateLimit-Remaining"]) == (403, "0")


def test_an_unchanged_answer_is_304_and_free(there: World):
    """If-None-Match with the last ETag gives 304 and costs nothing of the limit."""
    token = there.token()
    there.call("GET", "pulls/1", token=token)
    first = there.call("GET", "pulls/1", token=token)
    again = there.call("GET", "pulls/1", token=token, If_None_Match=first.headers["ETag"])

    assert again.status_code == 304
    assert there.state.tokens[token].used == 2


def test_the_journal_has_no_secrets(there: World):
    """Neither header nor body of any call keeps a token."""
    token = there.token()
    there.call("GET", "pulls/1", token=token)

    written = repr(there.state.journal.entries)
    assert token not in written
    assert "Bearer" in written


def test_strangers(there: World):
    """Without a token a public repository can be read, not written; a wrong token is refused."""
    body = {"event": "COMMENT", "body": "x"}

    assert there.call("GET", "pulls/1").status_code == 200
    assert there.call("POST", "pulls/1/reviews", body).status_code == 401
    assert there.call("GET", "pulls/1", token="ghs_wrong").status_code == 401
