"""Poetry's own tables of dependencies, turned into requirements that uv reads."""

from __future__ import annotations

import re
from typing import Any

from bot.environments.config_files import table

ELSEWHERE = ("git", "path", "url", "file")
RANGE = re.compile(r"([~^])\s*(\d+(?:\.\d+)*)(\S*)")


def poetry_requirements(dependencies: dict[str, Any], *, optional: frozenset[str] = frozenset()) -> list[str]:
    """Requirements of a table; of the optional ones only those named in `optional`.

    What comes from elsewhere than an index becomes "name @ git", which is refused where lines are checked.
    """
    lines = []
    for name, given in dependencies.items():
        for one in given if isinstance(given, list) else [given]:
            wanted = one if isinstance(one, dict) else {"version": one}
            if name.lower() != "python" and (not wanted.get("optional") or name in optional):
                lines.append(_requirement(name, wanted))
    return lines


def poetry_groups(poetry: dict[str, Any]) -> dict[str, list[str]]:
    """Groups and extras of Poetry, by name."""
    main = table(poetry, "dependencies")
    groups = {name: poetry_requirements(table(one, "dependencies")) for name, one in _groups(poetry).items()}
    if old := table(poetry, "dev-dependencies"):
        groups.setdefault("dev", []).extend(poetry_requirements(old))
    for name, names in table(poetry, "extras").items():
        chosen = frozenset(one for one in names if isinstance(one, str)) if isinstance(names, list) else set()
        known = {one: main[one] for one in chosen if one in main}
        groups.setdefault(name, []).extend(poetry_requirements(known, optional=frozenset(known)))
    return groups


def _groups(poetry: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in table(poetry, "group").items() if isinstance(one, dict)}


def _requirement(name: str, wanted: dict[str, Any]) -> str:
    if other := next((one for one in ELSEWHERE if one in wanted), ""):
        return f"{name} @ {other}"
    extras = wanted.get("extras")
    with_extras = f"[{','.join(map(str, extras))}]" if isinstance(extras, list) and extras else ""
    conditions = [str(wanted["markers"])] if "markers" in wanted else []
    if python := poetry_range(wanted.get("python")):
        parts = [re.sub(r"\s", "", one) for one in python.split(",")]
        pairs = [re.fullmatch(r"([<>=!~]+)(.*)", one) for one in parts]
        conditions += [f"python_full_version {one[1]} '{one[2]}'" for one in pairs if one]
    marker = f" ; {' and '.join(f'({one})' for one in conditions)}" if conditions else ""
    return f"{name}{with_extras}{poetry_range(wanted.get('version'))}{marker}"


def poetry_range(given: Any) -> str:
    """A range as the standard writes it: "^1.2" is ">=1.2,<2", "~1.2" is ">=1.2,<1.3", "1.2" is "==1.2"."""
    if not isinstance(given, str) or given.strip() in ("", "*"):
        return ""
    return ",".join(_part(one.strip()) for one in given.replace(" ", ",").split(",") if one.strip())


def _part(part: str) -> str:
    if match := RANGE.fullmatch(part):
        return f">={match[2]}{match[3]},<{_above(match[1], [int(one) for one in match[2].split('.')])}"
    return part if part[:1] in "<>=!~" else f"=={part}"


def _above(sign: str, numbers: list[int]) -> str:
    """The first version outside: for ^ the leftmost number that is not 0 counts up, for ~ the second."""
    if sign == "~":
        at = min(1, len(numbers) - 1)
    else:
        at = next((place for place, one in enumerate(numbers) if one), len(numbers) - 1)
    return ".".join(map(str, [*numbers[:at], numbers[at] + 1]))
