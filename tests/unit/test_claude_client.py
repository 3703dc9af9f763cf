"""Credentials in all the SDK's ways, the client, prices, prompts, and the stand-in's own strictness."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import anthropic
import httpx2
import pytest

from bot.errors import SettingsError
from bot.review.claude.client import build_client
from bot.review.claude.credentials import has_credentials
from bot.review.claude.prompts import load_prompts
from bot.review.pricing import Tokens, cost, load_prices
from tests.fakes.messages_api import Answer, MessagesApi, check_request

FEDERATION = {"ANTHROPIC_FEDERATION_RULE_ID": "r", "ANTHROPIC_ORGANIZATION_ID": "o"}


@pytest.mark.parametrize(
    "env",
    [
        {"ANTHROPIC_API_KEY": "k"},
        {"ANTHROPIC_AUTH_TOKEN": "t"},
        {"ANTHROPIC_PROFILE": "work"},
        FEDERATION | {"ANTHROPIC_IDENTITY_TOKEN": "t"},
        FEDERATION | {"ANTHROPIC_IDENTITY_TOKEN_FILE": "/t"},
        {"ANTHROPIC_CUSTOM_HEADERS": "X-Team: a\nX-Api-Key: k"},
        {"ANTHROPIC_CUSTOM_HEADERS": "authorization: Bearer t"},
    ],
)
def test_every_way_of_the_sdk_is_a_credential(env: dict[str, str]) -> None:
    """No variable by which the SDK finds a credential is taken for "no key"."""
    assert has_credentials(env)


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"ANTHROPIC_API_KEY": ""},
        {"ANTHROPIC_BASE_URL": "http://127.0.0.1:1"},
        FEDERATION,
        {"ANTHROPIC_IDENTITY_TOKEN": "t"},
        {"ANTHROPIC_CUSTOM_HEADERS": "X-Team: a"},
        {"HOME": "/nonexistent"},
        {"ANTHROPIC_CONFIG_DIR": "/nonexistent"},
    ],
)
def test_without_a_credential_there_is_none(env: dict[str, str]) -> None:
    """Empty and half-set variables are no credential, so that the embedded reviewer takes over."""
    assert not has_credentials(env)


def test_a_profile_on_disk_is_a_credential(tmp_path: Path) -> None:
    """The default profile, under HOME or in the named folder, or a pointer to another."""
    home = tmp_path / "home"
    configs = home / ".config" / "anthropic" / "configs"
    configs.mkdir(parents=True)
    assert not has_credentials({"HOME": str(home)})

    (configs / "default.json").write_text("{}")
    assert has_credentials({"HOME": str(home)})
    assert has_credentials({"ANTHROPIC_CONFIG_DIR": str(configs.parent)})

    pointed = tmp_path / "pointed"
    pointed.mkdir()
    (pointed / "active_config").write_text("work\n")
    assert has_credentials({"ANTHROPIC_CONFIG_DIR": str(pointed)})


def test_a_client_that_cannot_be_made_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile the SDK refuses is the operator's to mend: SettingsError, not a traceback of the SDK."""
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANTHROPIC_PROFILE", "../elsewhere")

    with pytest.raises(SettingsError, match="Anthropic client"):
        build_client(base_url="http://127.0.0.1:9")


def test_costs_are_counted_by_kind_of_token() -> None:
    """Reads are cheap, writes dearer than input, output dearest; per million tokens."""
    prices = load_prices()

    assert cost(prices, "claude-opus-5-5", Tokens(1_000_000, 0, 0, 0)) == pytest.approx(4.0)
    assert cost(prices, "claude-opus-5-5", Tokens(0, 1_000_000, 0, 0)) == pytest.approx(0.2)
    assert cost(prices, "claude-opus-5-5", Tokens(0, 0, 1_000_000, 0)) == pytest.approx(5.0)
    assert cost(prices, "claude-opus-5-5", Tokens(0, 0, 0, 1_000_000)) == pytest.approx(20.0)


def test_prices_by_length_of_prompt_dated_names_and_unknown_models() -> None:
    """A long prompt has its own price, a dated model name its model's, an unknown one none."""
    prices = load_prices()

    assert cost(prices, "claude-haiku-5-5", Tokens(100_000, 0, 0, 0)) == pytest.approx(0.01)
    assert cost(prices, "claude-haiku-5-5", Tokens(50_000, 50_001, 0, 0)) == pytest.approx(0.0275, rel=1e-3)
    assert cost(prices, "claude-haiku-4-5-20251001", Tokens(1_000_000, 0, 0, 0)) == pytest.approx(1.0)
    assert cost(prices, "some-model", Tokens(1, 1, 1, 1)) is None


def test_prompts_ask_for_the_defenders_work_only() -> None:
    """Each prompt has a version; they forbid harmful payloads and claim no permission from anybody."""
    prompts = load_prompts()

    texts = [getattr(prompts, one.name) for one in fields(prompts)]
    assert all(one.version >= 1 and one.text for one in texts)
    assert "no payload that harms" in prompts.system.text
    words = " ".join(one.text.lower() for one in texts)
    for word in ("authoriz", "authoris", "permission", "penetration", "proof of concept"):
        assert word not in words


def test_a_prompt_fills_every_name_and_reads_no_value_as_a_template() -> None:
    """A value with a dollar sign stays as it is, and a forgotten name is an error."""
    prompt = load_prompts().malformed

    assert "$HOME and $gates" in prompt.fill(problem="$HOME and $gates")
    with pytest.raises(KeyError):
        prompt.fill()


GOOD = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "hello"}]}
HEADERS = {"x-api-key": "k", "anthropic-version": "v"}


@pytest.mark.parametrize(
    ("path", "headers", "changes"),
    [
        ("/v1/complete", HEADERS, {}),
        ("/v1/messages", {}, {}),
        ("/v1/messages", HEADERS, {"temperature": 0.5}),
        ("/v1/messages", HEADERS, {"max_tokens": "many"}),
        (
            "/v1/messages",
            HEADERS,
            {"messages": [{"role": "user", "content": [{"type": "text", "txt": "a"}]}]},
        ),
        ("/v1/messages", HEADERS, {"messages": [{"role": "assistant", "content": "a"}]}),
        ("/v1/messages", HEADERS, {"output_config": {"format": {"type": "json"}}}),
    ],
)
def test_the_stand_in_lets_nothing_unknown_through(
    path: str, headers: dict[str, str], changes: dict[str, object]
) -> None:
    """An address, header or field that the real service would not take is told, never answered."""
    assert check_request("/v1/messages", HEADERS, GOOD) == ""
    assert check_request(path, headers, GOOD | changes) != ""


def test_a_wrong_request_fails_the_test_that_sent_it() -> None:
    """Even if the code under test swallows the 400, the stand-in's end tells."""
    with pytest.raises(AssertionError, match="unknown address"):  # noqa: SIM117 - the order of leaving matters
        with MessagesApi(lambda _: Answer()).running() as api:
            httpx2.post(f"{api.url}/v1/other", json={}, headers=HEADERS)


def test_the_stand_in_counts_tokens() -> None:
    """Counting works through the SDK, and is no message."""
    with MessagesApi(lambda _: Answer()).running() as api:
        with build_client(api_key="k", base_url=api.url) as client:
            counted = client.messages.count_tokens(
                model="m", messages=[{"role": "user", "content": "x" * 400}]
            )

        assert isinstance(client, anthropic.Anthropic)
        assert counted.input_tokens == 100
        assert api.requests == []


def test_the_schema_is_json_without_limits_the_service_refuses() -> None:
    """Structured output takes no lengths and patterns; they stand in the descriptions."""
    from bot.review.claude.schema import reply_schema

    text = json.dumps(reply_schema())
    for word in ('"maxLength":', '"pattern":', '"maxItems":'):
        assert word not in text
    assert '"additionalProperties": false' in text
