"""What an operator sets: addresses that are refused, and secrets that stand in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.addresses import safe_address
from bot.errors import SettingsError
from bot.settings import read_settings


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://github.acme.example/api/v3/", "https://github.acme.example/api/v3"),
        ("http://127.0.0.1:8080/api/v3", "http://127.0.0.1:8080/api/v3"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:1", "http://[::1]:1"),
        ("https://10.0.0.7:8443", "https://10.0.0.7:8443"),
    ],
)
def test_addresses_that_are_taken(given: str, kept: str) -> None:
    """https anywhere, for a server of one's own stands in one's own network; http on this machine."""
    assert safe_address("NAME", given) == kept


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("http://github.acme.example/api/v3", "unencrypted"),
        ("http://169.254.169.254/latest", "unencrypted"),
        ("http://127.0.0.1.acme.example", "unencrypted"),
        ("http://localhost.acme.example", "unencrypted"),
        ("https://user:hunter2@github.acme.example", "password"),
        ("http://127.0.0.1:80@github.acme.example/", "password"),
        ("https://github.acme.example/api/v3?token=hunter2", "before any"),
        ("https://github.acme.example/#hunter2", "before any"),
        ("file:///etc/passwd", "https address"),
        ("github.acme.example", "https address"),
        ("https://", "https address"),
        ("https://[::1", "not an address"),
        ("https://github.acme.example:port", "not an address"),
    ],
)
def test_addresses_that_are_refused(given: str, why: str) -> None:
    """The setting is named; what may be a password is not repeated."""
    with pytest.raises(SettingsError, match=why) as refused:
        safe_address("NAME", given)

    assert "NAME" in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("name", ["SUTURE_GITHUB_API_URL", "ANTHROPIC_BASE_URL", "ANTHROPIC_VERTEX_BASE_URL"])
def test_no_secret_is_sent_to_an_unsafe_address(name: str) -> None:
    """Nothing starts with an address that tokens, keys and code would travel to in the open."""
    with pytest.raises(SettingsError, match=name):
        read_settings({name: "http://proxy.acme.example"})


def test_secrets_may_stand_in_files(tmp_path: Path) -> None:
    """Each secret's variable has a twin with _PATH; the line's end is not part of the secret."""
    names = (
        "SUTURE_PRIVATE_KEY",
        "SUTURE_WEBHOOK_SECRET",
        "SUTURE_WEBHOOK_SECRET_PREVIOUS",
        "SUTURE_DATABASE_URL",
        "ANTHROPIC_API_KEY",
    )
    for name in names:
        (tmp_path / name).write_text(f"what {name} is\n")

    settings = read_settings({f"{name}_PATH": str(tmp_path / name) for name in names})

    assert settings.private_key is not None
    shown = [settings.private_key, *settings.webhook_secrets]
    found = [one.reveal() for one in shown] + [settings.database_url, settings.inherited["ANTHROPIC_API_KEY"]]
    assert found == [f"what {name} is" for name in names]
    assert not any("what SUTURE" in repr(one) for one in shown)


def test_a_variable_wins_over_its_file(tmp_path: Path) -> None:
    """And a file that cannot be read is an error that names it, not an empty secret."""
    file = tmp_path / "secret"
    file.write_text("of the file")
    both = {"SUTURE_WEBHOOK_SECRET": "of the variable", "SUTURE_WEBHOOK_SECRET_PATH": str(file)}

    assert [one.reveal() for one in read_settings(both).webhook_secrets] == ["of the variable"]
    with pytest.raises(SettingsError, match="SUTURE_WEBHOOK_SECRET_PATH"):
        read_settings({"SUTURE_WEBHOOK_SECRET_PATH": str(tmp_path / "none")})
