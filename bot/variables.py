"""How the values of variables are read: numbers, words, secrets in files. The environment is an argument."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.errors import SettingsError


def number(env: Mapping[str, str], name: str, default: float) -> float:
    """A number; `default` when the variable is not set. Raises SettingsError."""
    text = env.get(name, "")
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise SettingsError(f"{name} has to be a number, but is {text!r}.") from None


def words(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Words with commas between them."""
    return tuple(word for one in env.get(name, "").split(",") if (word := one.strip()))


def count(env: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    """A whole number, `least` or more. Raises SettingsError."""
    value = number(env, name, default)
    if value < least or value != int(value):
        raise SettingsError(f"{name} has to be a whole number above {least - 1}, but is {env[name]!r}.")
    return int(value)


def days(env: Mapping[str, str], name: str, default: float) -> float:
    """A number of days, 0 or more. Raises SettingsError."""
    value = number(env, name, default)
    if not value >= 0:
        raise SettingsError(f"{name} has to be a number of days, but is {env[name]!r}.")
    return value


def secret(env: Mapping[str, str], name: str) -> str:
    """The variable, else what the file that NAME_PATH names holds, without the end of its last line.

    Raises SettingsError.
    """
    if text := env.get(name, ""):
        return text
    file = env.get(f"{name}_PATH", "")
    if not file:
        return ""
    try:
        return Path(file).read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"{name}_PATH names a file that cannot be read: {exc}.") from exc
