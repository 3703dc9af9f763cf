"""`/healthz`: the process is up. `/readyz`: it can do its work, or why not."""

from __future__ import annotations

from http import HTTPStatus

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from bot.jobs import Inbox
from bot.settings import Settings


def add_health(app: Flask, settings: Settings, inbox: Inbox) -> None:
    """Add both routes. They need no authentication and name no secret."""

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> ResponseReturnValue:
        found = reasons(settings, inbox)
        if found:
            return jsonify(status="not ready", reasons=found), HTTPStatus.SERVICE_UNAVAILABLE
        return jsonify(status="ready", reasons=[])


def reasons(settings: Settings, inbox: Inbox) -> list[str]:
    """Why the server cannot do its work; empty when it can."""
    return [*inbox.problems(), *_credentials(settings)]


def _credentials(settings: Settings) -> list[str]:
    """What of the App's credentials is missing."""
    found = [] if settings.app_id else ["SUTURE_CLIENT_ID (or SUTURE_APP_ID) is not set."]
    if settings.private_key is None:
        return [*found, "SUTURE_PRIVATE_KEY (or SUTURE_PRIVATE_KEY_PATH) is not set."]
    try:
        key = load_pem_private_key(settings.private_key.reveal().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return [*found, "SUTURE_PRIVATE_KEY is not a private key in PEM form without a password."]
    if not isinstance(key, RSAPrivateKey):
        found.append("SUTURE_PRIVATE_KEY is not an RSA key, as GitHub's are.")
    return found
