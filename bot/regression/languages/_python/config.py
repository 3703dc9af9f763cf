"""What a tree's own configuration says of its tests and packages, read as text: nothing of it is executed."""

from __future__ import annotations

import configparser
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LARGEST = 1 << 20  # bytes of a configuration file
PATTERNS = ("test_*.py", "*_test.py")  # pytest's default python_files

# Where pytest looks, in its order: file, section, and whether the file counts without the section.
INI_FILES = (
    ("pytest.ini", "pytest", True),
    (".pytest.ini", "pytest", True),
    ("pyproject.toml", "", False),
    ("tox.ini", "pytest", False),
    ("setup.cfg", "tool:pytest", False),
)


@dataclass(frozen=True, slots=True)
class TestConfig:
    """The project's pytest settings that matter to us."""

    __test__ = False

    testpaths: tuple[str, ...] = ()
    python_files: tuple[str, ...] = PATTERNS
    addopts: tuple[str, ...] = ()


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


def test_config(tree: Path) -> TestConfig:
    """The settings in the file at the tree's root that pytest would choose."""
    for name, section, alone in INI_FILES:
        found: Mapping[str, Any] | None
        if name == "pyproject.toml":
            tool = table(read_toml(tree, name), "tool", "pytest")
            found = tool.get("ini_options") or ({key: tool[key] for key in tool} or None)
        else:
            found = read_ini(tree, name).get(section, {} if alone and (tree / name).is_file() else None)
        if isinstance(found, Mapping):
            return TestConfig(
                testpaths=words(found.get("testpaths")),
                python_files=words(found.get("python_files")) or PATTERNS,
                addopts=words(found.get("addopts")),
            )
    return TestConfig()


test_config.__test__ = False  # type: ignore[attr-defined]  # its name is pytest's word, it is no test
