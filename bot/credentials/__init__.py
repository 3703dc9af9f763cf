"""The App's credentials where set-up stored them: one file here a store.

They are kept as the settings' own variables, and hold where the environment says nothing of an App. An
environment that names a part of one is taken as it is: parts of two Apps never mix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

from bot.errors import ForgeError, SettingsError
from bot.settings import Secret, Settings, read_settings

KINDS = "file or kubernetes:NAMESPACE/NAME"


class Store(Protocol):
    """A place for one App's credentials."""

    @property
    def place(self) -> str:
        """Where it is, in words."""
        ...

    def check(self) -> None:
        """Raises SettingsError, saying what to do, when nothing could be stored."""
        ...

    def read(self) -> Mapping[str, str]:
        """What is stored, by the settings' names; empty for nothing. Raises SettingsError."""
        ...

    def write(self, variables: Mapping[str, str]) -> None:
        """Store them, all or none, readable by this service alone.

        Raises SettingsError, also when credentials are there already: those are never replaced.
        """
        ...


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """What GitHub gives when an App was made of a manifest."""

    client_id: str
    client_secret: Secret
    private_key: Secret
    webhook_secret: Secret
    html_url: str  # the App's page
    slug: str

    def variables(self, settings: Settings, public_url: str) -> Mapping[str, str]:
        """As the settings' variables, with where the App and this server are."""
        return {
            "SUTURE_CLIENT_ID": self.client_id,
            "SUTURE_CLIENT_SECRET": self.client_secret.reveal(),
            "SUTURE_PRIVATE_KEY": self.private_key.reveal(),
            "SUTURE_WEBHOOK_SECRET": self.webhook_secret.reveal(),
            "SUTURE_GITHUB_API_URL": settings.github_api_url,
            "SUTURE_PUBLIC_URL": public_url,
        }


STORED = (
    "SUTURE_CLIENT_ID",
    "SUTURE_CLIENT_SECRET",
    "SUTURE_PRIVATE_KEY",
    "SUTURE_WEBHOOK_SECRET",
    "SUTURE_GITHUB_API_URL",
    "SUTURE_PUBLIC_URL",
)
_ANSWERED = {"private_key": "pem"}


def read_app(answer: Mapping[str, Any]) -> AppCredentials:
    """The credentials in GitHub's answer. Raises ForgeError when one is not there."""
    found = {one.name: answer.get(_ANSWERED.get(one.name, one.name)) for one in fields(AppCredentials)}
    missing = sorted(name for name, value in found.items() if not isinstance(value, str) or not value)
    if missing:
        raise ForgeError(f"GitHub's answer lacks {', '.join(missing)} of the new App.")
    if not str(found["html_url"]).startswith(("https://", "http://")):
        raise ForgeError("GitHub's answer names no page of the new App.")
    secret = {"client_secret", "private_key", "webhook_secret"}
    return AppCredentials(
        **{name: Secret(str(value)) if name in secret else str(value) for name, value in found.items()}  # type: ignore[arg-type]
    )


def open_store(settings: Settings) -> Store:
    """The store that `settings.credentials` names. Raises SettingsError for one that is not known."""
    kind, _, where = settings.credentials.partition(":")
    if kind == "file" and not where:
        from bot.credentials.file import FileStore  # noqa: PLC0415

        return FileStore(settings.data)
    namespace, _, name = where.partition("/")
    if kind == "kubernetes" and namespace and name:
        return _kubernetes(namespace, name)
    raise SettingsError(f"SUTURE_CREDENTIALS is {settings.credentials!r}; it has to be {KINDS}.")


def _kubernetes(namespace: str, name: str) -> Store:
    try:
        # Its client is an extra
        from bot.credentials.kubernetes import SecretStore  # noqa: PLC0415
    except ModuleNotFoundError as exc:
        raise SettingsError(
            f"SUTURE_CREDENTIALS=kubernetes needs {exc.name}; install it: pip install 'suture[kubernetes]'."
        ) from exc
    return SecretStore(namespace, name)


def load_settings() -> Settings:
    """The environment's settings, with the stored credentials where it has none. Raises SettingsError."""
    settings = read_settings()
    return with_stored(settings) if settings.has_no_app else settings


def with_stored(settings: Settings, env: Mapping[str, str] | None = None) -> Settings:
    """The settings with what their store holds; the same when it holds nothing. Raises SettingsError."""
    store = open_store(settings)
    stored = {name: value for name, value in store.read().items() if name in STORED}
    if not stored:
        return settings
    full = read_settings(env, stored)
    if full.github_api_url != stored.get("SUTURE_GITHUB_API_URL", full.github_api_url):
        raise SettingsError(
            f"SUTURE_GITHUB_API_URL is {full.github_api_url}, but the App in {store.place} is one of "
            f"{stored['SUTURE_GITHUB_API_URL']}. Unset the variable, or move those credentials away."
        )
    return full
