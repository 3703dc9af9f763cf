"""What a tree needs to run, read from its files as data: nothing of the repository is executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.environments.config_files import read_ini, read_text, read_toml, table
from bot.environments.requirements import Requirements, checked, name_of, read_requirements

TEST_PATTERNS = ("requirements-{}.txt", "requirements_{}.txt", "{}-requirements.txt", "requirements/{}.txt")
TEST_GROUPS, DEV_GROUPS = (
    frozenset({"test", "tests", "testing"}),
    frozenset({"dev", "develop", "development"}),
)
TEST_FILES = tuple(pattern.format(word) for word in sorted(TEST_GROUPS) for pattern in TEST_PATTERNS)
TEST_FILES += ("tests/requirements.txt", "test/requirements.txt")
DEV_FILES = tuple(pattern.format("dev") for pattern in TEST_PATTERNS)
MAIN_FILES = ("requirements.txt", "requirements/base.txt", "requirements/main.txt", "requirements/common.txt")
NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+!-]{0,60}")
Sections = Mapping[str, Mapping[str, str]]
SPECIFIER = re.compile(r"\s*(?:(?:>=|<=|==|!=|~=|<|>)\s*\d+(?:\.\d+)*(?:\.\*)?\s*,?\s*)+")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to fetch: requirements, or what uv's lock file says."""

    source: str  # for people: the files it was read from
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    requires_python: str = ""
    lock: tuple[tuple[str, str], ...] = ()  # (name, text) of uv.lock and the file that belongs to it
    extras: tuple[str, ...] = ()  # with a lock: those of the project's extras that its tests need
    itself: tuple[str, str] | None = None  # the project's name and version


def detect(tree: Path) -> Plan:
    """The most exact source of dependencies that the tree has.

    Raises EnvironmentUnavailable for a requirement that is not fetched: a URL, a path, another index.
    """
    project = read_toml(tree, "pyproject.toml")
    python, itself = _requires_python(project, tree), _itself(project)
    if text := read_text(tree, "uv.lock"):
        lock = (("pyproject.toml", read_text(tree, "pyproject.toml")), ("uv.lock", text))
        extras = table(project, "project", "optional-dependencies")
        wanted = tuple(sorted(one for one in extras if one.lower() in _test_groups(extras)))
        return Plan("uv.lock", requires_python=python, lock=lock, extras=wanted, itself=itself)
    if packages := read_toml(tree, "pylock.toml").get("packages"):
        return Plan("pylock.toml", _from_pylock(packages), requires_python=python, itself=itself)
    found, sources = Requirements(), []
    tests = _present(tree, TEST_FILES) or _present(tree, DEV_FILES)
    for name in (*(_present(tree, MAIN_FILES[:1]) or _present(tree, MAIN_FILES[1:])), *tests):
        read_requirements(tree, name, found)
        sources.append(name)
    has_main = any(name in MAIN_FILES for name in sources)
    sources += _declared(tree, project, found, with_main=found.itself or not has_main)
    source = ", ".join(sources) or "no dependency file"
    wanted, constraints = _unique(found.wanted), _unique(found.constraints)
    return Plan(source, wanted, constraints, python, itself=itself)


def _declared(tree: Path, project: dict[str, Any], found: Requirements, *, with_main: bool) -> list[str]:
    """Add what the packaging files declare: the project's own dependencies and its test extras'."""
    sources = []
    for name, (main, groups) in {
        "pyproject.toml": _from_pyproject(project),
        "setup.cfg": _from_setup_cfg(tree),
        "setup.py": _from_setup_py(tree),
    }.items():
        extras = {*_test_groups(groups), *(one.lower() for one in found.own_extras)}
        chosen = [line for group, lines in groups.items() if group.lower() in extras for line in lines]
        lines = [*(main if with_main else ()), *chosen]
        found.wanted += [checked(line, name) for line in lines]
        if lines:
            sources.append(name)
    if lines := _tox_deps(read_ini(tree, "tox.ini")):
        _take_tox(tree, lines, found)
        sources.append("tox.ini")
    return sources


def _present(tree: Path, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if read_text(tree, name)]


def _test_groups(groups: Iterable[str]) -> set[str]:
    """The extras for tests; those for developers, which want more, only where there are none."""
    names = {one.lower() for one in groups}
    return (names & TEST_GROUPS) or (names & DEV_GROUPS)


def _from_pyproject(project: dict[str, Any]) -> tuple[list[str], dict[str, list[str]]]:
    meta = table(project, "project")
    groups: dict[str, list[str]] = {}
    for tables in (table(meta, "optional-dependencies"), table(project, "dependency-groups")):
        for name, lines in tables.items():
            groups.setdefault(name, []).extend(_strings(lines))
    own = name_of(str(meta.get("name", "")))
    main = _strings(meta.get("dependencies"))
    # An extra may name the project itself with other extras; those have names of their own among the groups.
    return main, {name: [one for one in lines if name_of(one) != own] for name, lines in groups.items()}


def _from_setup_cfg(tree: Path) -> tuple[list[str], dict[str, list[str]]]:
    config = read_ini(tree, "setup.cfg")
    main = _option(config, "options", "install_requires")
    groups = {"test": _option(config, "options", "tests_require")}
    section = "options.extras_require"
    for name in config.get(section, {}):
        groups.setdefault(name, []).extend(_option(config, section, name))
    return main, groups


def _from_setup_py(tree: Path) -> tuple[list[str], dict[str, list[str]]]:
    """Literal lists in the call of `setup`, and nothing that would have to be computed."""
    try:
        nodes = list(ast.walk(ast.parse(read_text(tree, "setup.py"))))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [], {}
    assigned = [one for one in nodes if isinstance(one, ast.Assign)]
    known = {one.targets[0].id: one.value for one in assigned if isinstance(one.targets[0], ast.Name)}
    words: dict[str, Any] = {}
    for call in (one for one in nodes if isinstance(one, ast.Call)):
        if getattr(call.func, "id", getattr(call.func, "attr", "")) == "setup":
            words |= {one.arg: _literal(one.value, known) for one in call.keywords if one.arg}
    extras = words.get("extras_require")
    groups = (
        {str(name): _strings(lines) for name, lines in extras.items()} if isinstance(extras, dict) else {}
    )
    groups.setdefault("test", []).extend(_strings(words.get("tests_require")))
    return _strings(words.get("install_requires")), groups


def _literal(node: ast.expr, known: dict[str, ast.expr]) -> Any:
    try:
        return ast.literal_eval(known.get(node.id, node) if isinstance(node, ast.Name) else node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _tox_deps(config: Sections, section: str = "testenv", depth: int = 0) -> list[str]:
    """`deps` of a section and of those it refers to, without lines that only some runs have."""
    lines: list[str] = []
    for line in _option(config, section, "deps"):
        if (other := re.fullmatch(r"\{\[([^\]]+)\]deps\}", line)) and depth < 5:
            lines += _tox_deps(config, other[1], depth + 1)
        elif not re.match(r"[\w.,{}!-]+:\s", line):
            lines.append(line)
    return lines


def _take_tox(tree: Path, lines: list[str], found: Requirements) -> None:
    """Add what is plain; tox is a hint, so that what it would substitute or fetch elsewhere is left out."""
    for line in lines:
        file = re.fullmatch(r"-r\s*([\w./-]+)", line)
        if file and read_text(tree, file[1]):
            read_requirements(tree, file[1], found)
        elif name_of(line):
            found.wanted.append(line)


def _requires_python(project: dict[str, Any], tree: Path) -> str:
    """The range of Pythons, "" when none is given or it is no plain range: it becomes an argument."""
    config = read_ini(tree, "setup.cfg")
    given = table(project, "project").get("requires-python")
    text = given or " ".join(_option(config, "options", "python_requires"))
    return text.strip() if isinstance(text, str) and SPECIFIER.fullmatch(text) else ""


def _from_pylock(packages: Any) -> tuple[str, ...]:
    """The locked versions; packages that do not come from an index are refused."""
    lines = []
    for one in packages if isinstance(packages, list) else ():
        other = [kind for kind in ("vcs", "directory", "archive") if kind in one]
        marker = f" ; {one['marker']}" if "marker" in one else ""
        line = f"{one.get('name')}=={one.get('version')}{marker}"
        lines.append(checked(f"{one.get('name')} @ {other[0]}" if other else line, "pylock.toml"))
    return tuple(lines)


def _itself(project: dict[str, Any]) -> tuple[str, str] | None:
    meta = table(project, "project")
    name, version = meta.get("name"), meta.get("version", "0")
    if not isinstance(name, str) or not isinstance(version, str):
        return None
    return (name, version) if NAMED.fullmatch(name) and VERSION.fullmatch(version) else None


def _unique(lines: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))


def _strings(value: Any) -> list[str]:
    lines = value.splitlines() if isinstance(value, str) else value if isinstance(value, list | tuple) else []
    return [one.strip() for one in lines if isinstance(one, str) and one.strip()]


def _option(config: Sections, section: str, name: str) -> list[str]:
    return _strings(config.get(section, {}).get(name, ""))
