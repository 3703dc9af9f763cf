"""Whether a delivery comes from GitHub: HMAC-SHA256 over the raw bytes, before anything is parsed.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from http import HTTPStatus

from bot.errors import SettingsError
from bot.settings import Secret
from webhooks.delivery import Refused

HEADER = "X-Hub-Signature-256"
_FORM = re.compile(r"sha256=[0-9a-fA-F]{64}")


def require_secrets(secrets: Sequence[Secret]) -> tuple[Secret, ...]:
    """The secrets to verify with. Raises SettingsError when there is none, or an empty one."""
    if not secrets or not all(one.reveal() for one in secrets):
        raise SettingsError(
            "SUTURE_WEBHOOK_SECRET has to be set, to the webhook secret of the GitHub App: "
            "without it anybody could send deliveries."
        )
    return tuple(secrets)


def verify(secrets: Sequence[Secret], body: bytes, header: str | None) -> None:
    """Return when one of the secrets signed exactly these bytes. Raises Refused (401, 403) otherwise."""
    if header is None:
        raise Refused(HTTPStatus.UNAUTHORIZED, f"{HEADER} is missing: set a secret on the webhook.")
    if not _FORM.fullmatch(header):
        raise Refused(HTTPStatus.UNAUTHORIZED, f"{HEADER} has to be sha256= and 64 hexadecimal digits.")
    given = header.removeprefix("sha256=").lower()
    # Every secret is tried, so that the time tells nothing about which one fits.
    fits = [hmac.compare_digest(_sign(one, body), given) for one in secrets]
    if not any(fits):
        raise Refused(HTTPStatus.FORBIDDEN, f"{HEADER} does not fit: the webhook's secret is another one.")


def _sign(secret: Secret, body: bytes) -> str:
    return hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest()
