"""Lock files that are read as data: the exact versions in pylock.toml, poetry.lock and pdm.lock."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from bot.environments.config_files import read_toml
from bot.environments.requirements import checked

ELSEWHERE = ("vcs", "directory", "archive")
INDEXES = ("legacy", "")  # Poetry's words for a package of an index
PIN_FILES = ("poetry.lock", "pdm.lock")


def from_pylock(tree: Path) -> tuple[str, ...]:
    """All that pylock.toml installs; a package that does not come from an index is refused."""
    lines = []
    for one in _packages(tree, "pylock.toml", "packages"):
        other = next((kind for kind in ELSEWHERE if kind in one), "")
        lines.append(checked(f"{one.get('name')} @ {other}" if other else _pin(one), "pylock.toml"))
    return tuple(lines)


def pins(tree: Path) -> tuple[str, tuple[str, ...]]:
    """(file, "name==version" of each package) of Poetry's or PDM's lock file; ("", ()) where there is none.

    They hold for what the project declares, as constraints. A package that is locked in several versions
    without a condition for each is left to its declared range.
    """
    for name in PIN_FILES:
        packages = [one for one in _packages(tree, name, "package") if not _is_elsewhere(one)]
        versions = {(one.get("name"), one.get("version")) for one in packages}
        count = Counter(package for package, _ in versions)
        lines = [_pin(one) for one in packages if count[one.get("name")] == 1 or _marker(one)]
        if lines:
            return name, tuple(dict.fromkeys(checked(one, name) for one in lines))
    return "", ()


def _packages(tree: Path, name: str, key: str) -> list[dict[str, Any]]:
    found = read_toml(tree, name).get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _is_elsewhere(package: dict[str, Any]) -> bool:
    """Is it from a repository, a folder or a URL? Then the declaration of it says so, and is refused."""
    source = package.get("source")
    kind = source.get("type", "") if isinstance(source, dict) else ""
    return kind not in INDEXES or any(one in package for one in ("git", "path", "url"))


def _pin(package: dict[str, Any]) -> str:
    marker = _marker(package)
    return f"{package.get('name')}=={package.get('version')}" + (f" ; {marker}" if marker else "")


def _marker(package: dict[str, Any]) -> str:
    found = package.get("marker", package.get("markers"))
    return found if isinstance(found, str) else ""
