"""Configuration files of a tree that may be hostile, read as data: no links, no large files, no errors."""

from __future__ import annotations

import configparser
import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LARGEST = 4 << 20  # bytes


def read_text(tree: Path, name: str) -> str:
    """The text of a file of the tree; "" where there is none or it is a link, too large or no text."""
    path = tree / name
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
            return ""
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def read_toml(tree: Path, name: str) -> dict[str, Any]:
    """The tables of a TOML file of the tree; {} where it cannot be read."""
    try:
        return tomllib.loads(read_text(tree, name))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def read_ini(tree: Path, name: str) -> Mapping[str, Mapping[str, str]]:
    """The sections of an ini file of the tree; {} where it cannot be read."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(read_text(tree, name))
    except configparser.Error:
        return {}
    return {section: dict(parser[section]) for section in parser.sections()}


def table(values: Any, *names: str) -> dict[str, Any]:
    """The table at the end of this way through nested tables; {} where something else is there."""
    for name in names:
        values = values.get(name) if isinstance(values, dict) else None
    return values if isinstance(values, dict) else {}


def words(value: Any) -> tuple[str, ...]:
    """A list of strings, or a string of them, as pytest reads either."""
    if isinstance(value, list):
        return tuple(one for one in value if isinstance(one, str))
    if not isinstance(value, str):
        return ()
    try:
        return tuple(shlex.split(value, comments=False))
    except ValueError:
        return tuple(value.split())
