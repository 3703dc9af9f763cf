"""Credentials in a Secret of the cluster that the service runs in (`suture[kubernetes]`).

Its keys are the settings' variables, so pods may also take it with `envFrom`. The service's account needs the
verbs get, create and update on this Secret. Not tried on a real cluster.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

import httpx2
from lightkube import ApiError, Client
from lightkube.core.exceptions import ConfigError
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Secret
from msgspec import MsgspecError

from bot.errors import SettingsError

_PATIENCE = 30.0  # seconds for one answer
_LABELS = {"app.kubernetes.io/name": "suture", "app.kubernetes.io/component": "credentials"}


class SecretStore:
    """The Secret `name` in `namespace`; one that is there and empty is filled."""

    def __init__(self, namespace: str, name: str) -> None:
        self._namespace, self._name = namespace, name

    @property
    def place(self) -> str:
        return f"the Secret {self._namespace}/{self._name}"

    def check(self) -> None:
        self._put({"SUTURE_CLIENT_ID": ""}, dry_run=True)

    def read(self) -> Mapping[str, str]:
        with self._faults("read"), _client() as client:
            found = self._found(client)
        try:
            data = (found.data if found else None) or {}
            return {name: base64.b64decode(value, validate=True).decode() for name, value in data.items()}
        except (binascii.Error, UnicodeDecodeError) as exc:
            raise SettingsError(f"{self.place} holds something that is no text.") from exc

    def write(self, variables: Mapping[str, str]) -> None:
        self._put(variables, dry_run=False)

    def _put(self, variables: Mapping[str, str], *, dry_run: bool) -> None:
        data = {name: base64.b64encode(value.encode()).decode() for name, value in variables.items()}
        with self._faults("written"), _client() as client:
            found = self._found(client)
            if found is None:
                meta = ObjectMeta(name=self._name, namespace=self._namespace, labels=_LABELS)
                client.create(Secret(metadata=meta, type="Opaque", data=data), dry_run=dry_run)
                return
            if found.data:
                raise SettingsError(f"{self.place} holds something already. Empty it to set up another App.")
            found.data = data  # with the version that was read: who was quicker is not overwritten
            client.replace(found, dry_run=dry_run)

    def _found(self, client: Client) -> Secret | None:
        try:
            return client.get(Secret, self._name, namespace=self._namespace)
        except ApiError as exc:
            if exc.status.code == 404:
                return None
            raise

    @contextmanager
    def _faults(self, done: str) -> Iterator[None]:
        try:
            yield
        except ConfigError as exc:
            raise SettingsError(
                f"There is no way to a Kubernetes cluster ({exc}); run in one, or set KUBECONFIG."
            ) from exc
        except ApiError as exc:
            raise SettingsError(
                f"{self.place} cannot be {done} ({exc.status.code}: {exc.status.message}). The service's "
                "account needs get, create and update on it."
            ) from exc
        except (httpx2.HTTPError, MsgspecError, OSError) as exc:
            raise SettingsError(f"{self.place} cannot be {done} ({type(exc).__name__}).") from exc


def _client() -> closing[Client]:
    return closing(Client(timeout=httpx2.Timeout(_PATIENCE)))
