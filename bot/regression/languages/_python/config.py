"""What a tree's own configuration says of its tests and packages, read as text: nothing of it is executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.environments.config_files import read_ini, read_toml, table, words

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
