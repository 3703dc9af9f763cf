"""Claude by each cloud, over HTTP with the SDK's clients: signed, retried, refused and failed alike."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.assembly import build_panel
from bot.errors import ReviewerError, SettingsError
from bot.review.claude.client import build_client
from bot.review.claude.clouds import ANTHROPIC, CLOUDS
from bot.review.reviewers.claude import claude_reviewer
from bot.settings import Settings, read_settings
from tests.fakes.claude_case import FOUND, ONE_LOOK, PLACEMENT, TESTED, a_material
from tests.fakes.clouds import AWS_KEY_ID, AWS_SECRET, TOKEN, is_signed, token_service
from tests.fakes.messages_api import Answer, MessagesApi, Script, by_task, fails, refuses

KEY = "made-up-key"
SERVICES = {"aws": "aws-external-anthropic", "bedrock": "bedrock", "bedrock-mantle": "bedrock-mantle"}
MODELS = {
    "bedrock": "us.anthropic.claude-opus-5-5-v1:0",
    "bedrock-mantle": "anthropic.claude-opus-5-5",
    "vertex": "claude-opus-4-5@20251101",
}


@dataclass(frozen=True)
class Place:
    """A cloud on loopback: its variables, and where tokens were fetched."""

    api: MessagesApi
    env: dict[str, str]
    tokens: list[str]

    @property
    def secrets(self) -> tuple[str, ...]:
        return (KEY, AWS_SECRET, TOKEN)


@contextmanager
def a_cloud(
    via: str,
    script: Script,
    tmp_path: Path,
    patch: pytest.MonkeyPatch,
    *,
    token_status: int = 200,
    **more: str,
) -> Iterator[Place]:
    """The environment of a process that reaches `via` on loopback, and nothing else of this machine's."""
    for name in ("AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"):
        patch.delenv(name, raising=False)
    with MessagesApi(script).running() as api, token_service(token_status) as (tokens, asked):
        env = _variables(via, api.url, tokens, tmp_path) | {"HOME": str(tmp_path)} | more
        for name, value in env.items():
            patch.setenv(name, value)
        yield Place(api, {name: value for name, value in env.items() if value}, asked)


def _variables(via: str, api: str, tokens: str, tmp_path: Path) -> dict[str, str]:
    aws = {
        "AWS_ACCESS_KEY_ID": AWS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": AWS_SECRET,
        "AWS_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    google = {"GOOGLE_APPLICATION_CREDENTIALS": str(_service_account(tmp_path, tokens))}
    azure = {"IDENTITY_ENDPOINT": f"{tokens}/msi", "IDENTITY_HEADER": "h"}
    ways = {
        "aws": aws | {"ANTHROPIC_AWS_BASE_URL": api, "ANTHROPIC_AWS_WORKSPACE_ID": "wrkspc_1"},
        "bedrock": aws | {"ANTHROPIC_BEDROCK_BASE_URL": api},
        "bedrock-mantle": aws | {"ANTHROPIC_BEDROCK_MANTLE_BASE_URL": f"{api}/anthropic"},
        "foundry": azure | {"ANTHROPIC_FOUNDRY_BASE_URL": f"{api}/anthropic"},
        "google-cloud": google
        | {
            "ANTHROPIC_GOOGLE_CLOUD_BASE_URL": f"{api}/gateway",
            "ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID": "wrkspc_1",
        },
        "vertex": google
        | {
            "ANTHROPIC_VERTEX_BASE_URL": api,
            "ANTHROPIC_VERTEX_PROJECT_ID": "proj",
            "CLOUD_ML_REGION": "eu",
        },
        ANTHROPIC: {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api},
    }
    return ways[via]


def _service_account(folder: Path, tokens: str) -> Path:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "project_id": "proj",
        "client_email": "suture@proj.example",
        "private_key": key.decode(),
        "token_uri": f"{tokens}/token",
    }
    (folder / "account.json").write_text(json.dumps(account))
    return folder / "account.json"


def _settings(via: str, place: Place) -> Settings:
    model = MODELS.get(via, "claude-opus-5-5")
    return replace(ONE_LOOK, claude_via=via, model=model, inherited=place.env, reviewer="claude")


def _with_credential(place: Place, via: str) -> None:
    """Every request bears what the cloud wants, and no address bears a secret."""
    for address, headers, body in zip(place.api.addresses, place.api.headers, place.api.bodies, strict=True):
        assert not any(secret in address for secret in place.secrets)
        if via in SERVICES:
            assert is_signed("POST", address, headers, body, SERVICES[via])
        elif via == ANTHROPIC:
            assert _key_of(headers) == KEY
        else:
            assert headers["authorization"] == f"Bearer {TOKEN}"
            assert "x-api-key" not in headers


def _key_of(headers: dict[str, str]) -> str:
    return headers.get("x-api-key", "") or headers["authorization"].removeprefix("Bearer ")


@pytest.mark.parametrize("via", [ANTHROPIC, *CLOUDS])
def test_a_review_by_each_cloud(via: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The panel that the settings ask for reviews; the cache works, and a token is fetched once."""
    script = by_task(review=[fails(429, "rate_limit_error", retry_after_ms="1"), FOUND], test=TESTED)
    material = a_material(tmp_path / "tree")

    with a_cloud(via, script, tmp_path, monkeypatch) as place:
        settings = _settings(via, place)
        (reviewer,) = build_panel(settings).reviewers
        review = reviewer.review(material)
        (finding,) = review.findings
        test = reviewer.write_test(finding, material, PLACEMENT, ()).value

    assert test is not None
    assert review.usage.model_calls == 2  # the review, and the refutation of what it found
    assert [one["model"] for one in place.api.written] == [settings.model] * 3
    assert place.api.usages[-1]["cache_read_input_tokens"] > 0
    assert len(place.tokens) == (1 if via in ("foundry", "google-cloud", "vertex") else 0)
    _with_credential(place, via)


@pytest.mark.parametrize("via", CLOUDS)
def test_a_refusal_by_each_cloud(via: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is told as one, with its category; it is no fault and no clean review."""
    with a_cloud(via, by_task(review=refuses(), harden=refuses()), tmp_path, monkeypatch) as place:
        client = build_client(via, place.env)
        review = claude_reviewer(_settings(via, place), client).review(a_material(tmp_path / "tree"))

    assert [one.category for one in review.declined] == ["cyber", "cyber"]  # asked, then as harden


@pytest.mark.parametrize("via", CLOUDS)
def test_faults_of_each_cloud(via: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault raises ReviewerError after the SDK's two retries; a wait beyond the deadline is not waited."""
    answers = [fails(529, "overloaded_error", retry_after_ms="1")] * 3
    answers += [
        fails(429, "rate_limit_error", retry_after="86400"),
        Answer(body=b'{"id": "msg', drop="middle"),
    ]
    material = a_material(tmp_path / "tree")

    with a_cloud(via, by_task(review=answers), tmp_path, monkeypatch) as place:
        reviewer = claude_reviewer(_settings(via, place), build_client(via, place.env))
        with pytest.raises(ReviewerError, match="HTTP 529"):
            reviewer.review(material)
        assert len(place.api.requests) == 3
        with pytest.raises(ReviewerError, match="asks to wait 86400 s"):
            reviewer.review(material)
        assert len(place.api.requests) == 4
        with pytest.raises(ReviewerError, match="connection"):
            reviewer.review(material)
    _with_credential(place, via)


@pytest.mark.parametrize(("via", "key"), [(via, key) for via in CLOUDS for key in CLOUDS[via].keys])
def test_a_key_is_sent_as_it_is(via: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a cloud's own API key neither a signature nor the cloud's library is needed."""
    with a_cloud(via, by_task(review=FOUND), tmp_path, monkeypatch, **{key: KEY}) as place:
        monkeypatch.setitem(sys.modules, CLOUDS[via].package, None)
        claude_reviewer(_settings(via, place), build_client(via, place.env)).review(
            a_material(tmp_path / "tree")
        )

    headers, *_ = place.api.headers
    assert _key_of(headers) == KEY
    assert place.tokens == []


@pytest.mark.parametrize("via", CLOUDS)
def test_a_missing_library_is_named(via: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the cloud's library the setting is an error that says what to install."""
    monkeypatch.setitem(sys.modules, CLOUDS[via].package, None)

    with (
        a_cloud(via, by_task(review=FOUND), tmp_path, monkeypatch) as place,
        pytest.raises(SettingsError, match=rf"pip install 'suture\[{CLOUDS[via].extra}\]'"),
    ):
        build_client(via, place.env)
    assert place.api.addresses == []


@pytest.mark.parametrize("via", ["aws", "bedrock", "bedrock-mantle"])
def test_without_an_aws_credential(via: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential that cannot be found is a reviewer's error with advice, not an unknown one."""
    none = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_REGION": "eu-north-1"}

    with (
        a_cloud(via, by_task(review=FOUND), tmp_path, monkeypatch, **none) as place,
        pytest.raises(ReviewerError, match="credentials"),
    ):
        claude_reviewer(_settings(via, place), build_client(via, place.env)).review(
            a_material(tmp_path / "tree")
        )
    assert place.api.addresses == []


@pytest.mark.parametrize("via", ["foundry", "google-cloud", "vertex"])
def test_a_refused_token_is_an_error(via: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the cloud gives no token, the reviewer says that the call could not be signed, and why."""
    with (
        a_cloud(via, by_task(review=FOUND), tmp_path, monkeypatch, token_status=400) as place,
        pytest.raises(ReviewerError, match="could not be signed"),
    ):
        claude_reviewer(_settings(via, place), build_client(via, place.env)).review(
            a_material(tmp_path / "tree")
        )
    assert place.api.addresses == []


@pytest.mark.parametrize(
    ("via", "said"),
    [
        ("aws", "ANTHROPIC_AWS_WORKSPACE_ID and AWS_REGION or AWS_DEFAULT_REGION"),
        ("bedrock-mantle", "AWS_REGION or AWS_DEFAULT_REGION"),
        ("foundry", "ANTHROPIC_FOUNDRY_RESOURCE or ANTHROPIC_FOUNDRY_BASE_URL"),
        ("google-cloud", "ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID"),
        ("vertex", "CLOUD_ML_REGION"),
        ("cloudy", "anthropic, aws, bedrock"),
    ],
)
def test_a_half_set_cloud_does_not_fall_back(via: str, said: str) -> None:
    """A cloud that was asked for and lacks a variable is an error: the rules do not take over."""
    settings = read_settings({"SUTURE_CLAUDE_VIA": via, "ANTHROPIC_API_KEY": "k"})

    with pytest.raises(SettingsError, match=said):
        build_panel(settings)
    assert [one.name for one in build_panel(read_settings({"SUTURE_REVIEWER": "rules"})).reviewers] == [
        "rules"
    ]
