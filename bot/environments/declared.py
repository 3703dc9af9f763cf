"""What the packaging files declare: dependencies, groups of them, the Python, the project's name."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.environments.config_files import read_ini, read_text, table
from bot.environments.poetry import poetry_groups, poetry_range, poetry_requirements
from bot.environments.requirements import extras_of, name_of

DEEPEST = 10  # groups that include groups
CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d{1,2})")
Groups = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Declared:
    """What one file says; empty where it says nothing."""

    main: list[str] = field(default_factory=list)
    groups: Groups = field(default_factory=dict)  # extras and dependency groups, by name
    python: str = ""
    name: str = ""
    version: str = ""
    entry_points: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tested: tuple[str, ...] = ()  # Pythons that its classifiers name: "3.9"


def from_pyproject(project: dict[str, Any]) -> Declared:
    """The standard tables, and those of Poetry and PDM."""
    meta, poetry = table(project, "project"), table(project, "tool", "poetry")
    pdm = table(project, "tool", "pdm", "dev-dependencies")
    own = name_of(_text(meta.get("name")))
    groups: Groups = {}
    extras = table(meta, "optional-dependencies")
    for name in extras:
        groups.setdefault(name, []).extend(_with_own_extras(extras, name, own))
    included = table(project, "dependency-groups")
    for name in included:
        groups.setdefault(name, []).extend(_with_groups(included, name))
    for name, lines in (*poetry_groups(poetry).items(), *((key, strings(one)) for key, one in pdm.items())):
        groups.setdefault(name, []).extend(lines)
    python = _text(meta.get("requires-python")) or poetry_range(table(poetry, "dependencies").get("python"))
    return Declared(
        strings(meta.get("dependencies")) or poetry_requirements(table(poetry, "dependencies")),
        {name: [one for one in lines if name_of(one) != own] for name, lines in groups.items()},
        python,
        _text(meta.get("name")) or _text(poetry.get("name")),
        _text(meta.get("version")) or _text(poetry.get("version")),
        _entry_points(meta, poetry),
        _tested(meta.get("classifiers") or poetry.get("classifiers")),
    )


def _with_own_extras(extras: dict[str, Any], name: str, own: str, depth: int = 0) -> list[str]:
    """An extra's lines; where it asks for the project with other extras, also theirs."""
    lines = strings(extras.get(name))
    others = [extra for line in lines if own and name_of(line) == own for extra in extras_of(line)]
    if depth < DEEPEST:
        lines += [one for other in others for one in _with_own_extras(extras, other, own, depth + 1)]
    return lines


def _with_groups(groups: dict[str, Any], name: str, depth: int = 0) -> list[str]:
    """A dependency group's lines, with those of the groups that it includes."""
    lines = groups.get(name)
    found = strings(lines)
    for one in lines if isinstance(lines, list) and depth < DEEPEST else ():
        if isinstance(one, dict) and isinstance(one.get("include-group"), str):
            found += _with_groups(groups, one["include-group"], depth + 1)
    return found


def _entry_points(meta: dict[str, Any], poetry: dict[str, Any]) -> dict[str, dict[str, str]]:
    given = {
        **table(poetry, "plugins"),
        **table(meta, "entry-points"),
        "console_scripts": table(meta, "scripts") or table(poetry, "scripts"),
        "gui_scripts": table(meta, "gui-scripts"),
    }
    points = {
        group: {name: one for name, one in lines.items() if isinstance(one, str)}
        for group, lines in given.items()
        if isinstance(lines, dict)
    }
    return {group: lines for group, lines in points.items() if lines}


def from_setup_cfg(tree: Path) -> Declared:
    """The options of setuptools."""
    config = read_ini(tree, "setup.cfg")
    options, meta = config.get("options", {}), config.get("metadata", {})
    groups = {name: strings(lines) for name, lines in config.get("options.extras_require", {}).items()}
    groups.setdefault("test", []).extend(strings(options.get("tests_require")))
    points: dict[str, dict[str, str]] = {}
    for group, lines in config.get("options.entry_points", {}).items():
        pairs = [line.partition("=") for line in strings(lines)]
        points[group] = {name.strip(): value.strip() for name, _, value in pairs if value}
    return Declared(
        strings(options.get("install_requires")),
        groups,
        " ".join(strings(options.get("python_requires"))),
        meta.get("name", ""),
        meta.get("version", ""),
        points,
        _tested(meta.get("classifiers") or meta.get("classifier")),
    )


def from_setup_py(tree: Path) -> Declared:
    """What stands literally in the call of `setup`, and nothing that would have to be computed."""
    try:
        nodes = list(ast.walk(ast.parse(read_text(tree, "setup.py"))))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Declared()
    assigned = [one for one in nodes if isinstance(one, ast.Assign)]
    known = {one.targets[0].id: one.value for one in assigned if isinstance(one.targets[0], ast.Name)}
    words: dict[str, Any] = {}
    for call in (one for one in nodes if isinstance(one, ast.Call)):
        if getattr(call.func, "id", getattr(call.func, "attr", "")) == "setup":
            words |= {one.arg: _literal(one.value, known) for one in call.keywords if one.arg}
    extras = words.get("extras_require")
    groups = {str(name): strings(one) for name, one in extras.items()} if isinstance(extras, dict) else {}
    groups.setdefault("test", []).extend(strings(words.get("tests_require")))
    return Declared(
        strings(words.get("install_requires")),
        groups,
        _text(words.get("python_requires")),
        _text(words.get("name")),
        _text(words.get("version")),
        tested=_tested(words.get("classifiers")),
    )


def _literal(node: ast.expr, known: dict[str, ast.expr]) -> Any:
    try:
        return ast.literal_eval(known.get(node.id, node) if isinstance(node, ast.Name) else node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _tested(classifiers: Any) -> tuple[str, ...]:
    return tuple(match[1] for one in strings(classifiers) if (match := CLASSIFIER.fullmatch(one)))


def strings(value: Any) -> list[str]:
    """A list of strings, or the lines of one; without what is empty."""
    lines = value.splitlines() if isinstance(value, str) else value if isinstance(value, list | tuple) else []
    return [one.strip() for one in lines if isinstance(one, str) and one.strip()]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
