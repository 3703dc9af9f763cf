"""The signature: exactly GitHub's bytes, by one of our secrets, or nothing."""

from __future__ import annotations

import pytest

from bot.errors import SettingsError
from bot.settings import Secret
from tests.fakes.deliveries import signature
from webhooks.delivery import Refused
from webhooks.signature import require_secrets, verify

BODY = b'{"zen": "Keep it logically awesome."}'
NOW, BEFORE = Secret("the new one"), Secret("the old one")


def status_of(secrets: tuple[Secret, ...], body: bytes, header: str | None) -> int:
    with pytest.raises(Refused) as refused:
        verify(secrets, body, header)
    return int(refused.value.status)


def test_github_s_own_example():
    """The example in GitHub's documentation verifies."""
    header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    verify((Secret("It's a Secret to Everybody"),), b"Hello, World!", header)


@pytest.mark.parametrize("secret", ["the new one", "the old one"])
def test_either_secret_during_a_rotation(secret: str):
    """While a secret is being changed, deliveries signed with either are taken."""
    verify((NOW, BEFORE), BODY, signature(BODY, secret))


def test_a_secret_that_was_rotated_out():
    """Once only the new secret is set, the old one signs nothing any more."""
    assert status_of((NOW,), BODY, signature(BODY, "the old one")) == 403


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        "sha256=xyz",
        "sha1=" + "0" * 40,
        "0" * 64,
        "sha256=" + "0" * 63,
        "sha256=é" + "0" * 63,
    ],
)
def test_a_missing_or_ill_formed_signature(header: str | None):
    """Without a signature in GitHub's form nothing is compared."""
    assert status_of((NOW,), BODY, header) == 401


@pytest.mark.parametrize("body", [BODY + b" ", BODY.replace(b": ", b":"), b""])
def test_other_bytes(body: bytes):
    """The same JSON in other bytes is not what was signed."""
    assert status_of((NOW,), body, signature(BODY, "the new one")) == 403


@pytest.mark.parametrize("secrets", [(), (Secret(""),), (NOW, Secret(""))])
def test_no_secret_no_start(secrets: tuple[Secret, ...]):
    """An empty secret would let anybody in, so it counts as none."""
    with pytest.raises(SettingsError, match="SUTURE_WEBHOOK_SECRET"):
        require_secrets(secrets)
