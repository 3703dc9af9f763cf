"""Credentials in a file of the data folder, which its owner alone may read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from bot.errors import SettingsError

NAME = "credentials.json"
MODE = 0o600
_AGAIN = "Mend it, or move it away and set the App up again."


class FileStore:
    """The default store."""

    def __init__(self, data: Path) -> None:
        self._path = data / NAME

    @property
    def place(self) -> str:
        return str(self._path.resolve())

    def check(self) -> None:
        self._refuse_to_replace()
        tried = self._path.with_name(f".{NAME}.{secrets.token_hex(8)}.tried")
        self._put(b"", tried)
        tried.unlink()

    def read(self) -> Mapping[str, str]:
        try:
            found = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as exc:
            raise SettingsError(f"{self.place} cannot be read ({type(exc).__name__}). {_AGAIN}") from exc
        if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
            raise SettingsError(f"{self.place} does not hold credentials. {_AGAIN}")
        return found

    def write(self, variables: Mapping[str, str]) -> None:
        self._put(json.dumps(dict(variables), indent=2).encode() + b"\n", self._path)

    def _put(self, content: bytes, path: Path) -> None:
        """Make the file with all of its content at once, if it is not there."""
        made = path.with_name(f".{NAME}.{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                _write(content, made)
                os.link(made, path)  # unlike a renaming, it replaces nothing
            finally:
                made.unlink(missing_ok=True)
            _sync(path.parent)
        except OSError as exc:
            self._refuse_to_replace()
            raise SettingsError(
                f"Credentials cannot be stored in {path.parent.resolve()}: {exc.strerror}. Let the service "
                "write there, or set SUTURE_DATA."
            ) from exc

    def _refuse_to_replace(self) -> None:
        if self._path.exists():
            raise SettingsError(f"{self.place} is there already. Move it away to set up another App.")


def _write(content: bytes, path: Path) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "wb") as file:
        os.fchmod(file.fileno(), MODE)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
