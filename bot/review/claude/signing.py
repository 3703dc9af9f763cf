"""Credentials of clouds where no key is set: found by the cloud's own library, shared by all calls."""

from __future__ import annotations

import functools
import importlib
import sys
import threading
from collections.abc import Mapping
from typing import Any

from bot.errors import SettingsError
from bot.review.claude.clouds import Cloud

GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
AZURE_SCOPE = "https://ai.azure.com/.default"
TOKEN_SECONDS = 30.0  # for one request for a token

_ERRORS = (
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("google.auth.exceptions", "GoogleAuthError"),
    ("azure.core.exceptions", "AzureError"),
)


def signing_errors() -> tuple[type[Exception], ...]:
    """What is raised when a credential cannot be had: by the libraries that are loaded, and by the SDK."""
    loaded = [getattr(sys.modules[module], name) for module, name in _ERRORS if module in sys.modules]
    return (RuntimeError, *loaded)


def credential_options(cloud: Cloud, env: Mapping[str, str]) -> dict[str, Any]:
    """Arguments that give the SDK's client its credentials; none where it has a key or finds them itself.

    Raises SettingsError when the library is not installed or knows no credential.
    """
    if any(map(env.get, cloud.keys)):
        return {}
    try:
        library = importlib.import_module(cloud.package)
    except ImportError as exc:
        key = f", or set {cloud.keys[0]}" if cloud.keys else ""
        raise SettingsError(
            f"Claude by {cloud.client} needs {cloud.package}: pip install 'suture[{cloud.extra}]'{key}."
        ) from exc
    if cloud.package == "google.auth":
        return _google(library, cloud, env)
    if cloud.package == "azure.identity":
        credential = library.DefaultAzureCredential()
        return {"azure_ad_token_provider": library.get_bearer_token_provider(credential, AZURE_SCOPE)}
    return {}


def _google(library: Any, cloud: Cloud, env: Mapping[str, str]) -> dict[str, Any]:
    try:
        credentials, found = library.default(scopes=[GOOGLE_SCOPE])
    except library.exceptions.GoogleAuthError as exc:
        raise SettingsError(
            f"No Google credentials: {exc} Set GOOGLE_APPLICATION_CREDENTIALS to a key's file."
        ) from exc
    argument, variable = (
        ("project_id", "ANTHROPIC_VERTEX_PROJECT_ID")
        if cloud.client == "AnthropicVertex"
        else ("project", "ANTHROPIC_GOOGLE_CLOUD_PROJECT")
    )
    project = env.get(variable) or found
    if not project:
        raise SettingsError(f"The Google credentials name no project: set {variable}.")
    return {"credentials": SharedCredentials(credentials), argument: project}


class SharedCredentials:
    """Google credentials that threads may share: they are refreshed by one at a time, within a limit."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials
        self._lock = threading.Lock()

    @property
    def token(self) -> str | None:
        return self._credentials.token  # type: ignore[no-any-return]

    @property
    def expired(self) -> bool:
        return bool(self._credentials.expired)

    def refresh(self, request: Any) -> None:
        """Get a token, unless another thread just did."""
        with self._lock:
            if not self._credentials.valid:
                self._credentials.refresh(functools.partial(request, timeout=TOKEN_SECONDS))
