"""What a tree needs to run, read from its files as data: nothing of the repository is executed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.environments.config_files import read_ini, read_text, read_toml, table
from bot.environments.declared import Declared, from_pyproject, from_setup_cfg, from_setup_py, strings
from bot.environments.locks import from_pylock, pins
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
ENTRY_GROUP, ENTRY_NAME = re.compile(r"[\w.-]{1,100}"), re.compile(r"[^\s=\[\]][^\n=\[\]]{0,100}")
ENTRY_OBJECT = re.compile(r"[\w.]{1,200}(?:\s*:\s*[\w.]{1,200})?(?:\s*\[[\w\s,.-]*\])?")
COMPILERS = frozenset({"cython", "maturin", "setuptools-rust", "scikit-build", "scikit-build-core", "mypyc"})
COMPILERS |= {"meson-python", "pybind11", "nanobind", "cffi"}
CHOSEN = re.compile(r"(?:cpython[-@]?)?(3\.\d{1,2})(?:\.\d{1,3})?")


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
    entry_points: tuple[tuple[str, str, str], ...] = ()  # (group, name, object) of the project
    python: str = ""  # "3.12": the one that the project chooses, if it is there
    tested: tuple[str, ...] = ()  # those that its classifiers name, the newest first
    compiled: str = ""  # what says that the project has compiled parts of its own


def detect(tree: Path) -> Plan:
    """The most exact source of dependencies that the tree has.

    Raises EnvironmentUnavailable for a requirement that is not fetched: a URL, a path, another index.
    """
    project = read_toml(tree, "pyproject.toml")
    files = {
        "pyproject.toml": from_pyproject(project),
        "setup.cfg": from_setup_cfg(tree),
        "setup.py": from_setup_py(tree),
    }
    about = replace(_about(tree, tuple(files.values())), compiled=_compiled(tree, project))
    if text := read_text(tree, "uv.lock"):
        lock = (("pyproject.toml", read_text(tree, "pyproject.toml")), ("uv.lock", text))
        extras = table(project, "project", "optional-dependencies")
        wanted = tuple(sorted(one for one in extras if one.lower() in _test_groups(extras)))
        return replace(about, source="uv.lock", lock=lock, extras=wanted)
    if packages := from_pylock(tree):
        return replace(about, source="pylock.toml", requirements=packages)
    found, sources = Requirements(), []
    locked, pinned = pins(tree)
    if locked:
        found.constraints += pinned
        sources.append(locked)
    else:
        tests = _present(tree, TEST_FILES) or _present(tree, DEV_FILES)
        for name in (*(_present(tree, MAIN_FILES[:1]) or _present(tree, MAIN_FILES[1:])), *tests):
            read_requirements(tree, name, found)
            sources.append(name)
    has_main = any(name in MAIN_FILES for name in sources)
    sources += _declared(tree, files, found, with_main=found.itself or not has_main)
    return replace(
        about,
        source=", ".join(sources) or "no dependency file",
        requirements=tuple(dict.fromkeys(found.wanted)),
        constraints=tuple(dict.fromkeys(found.constraints)),
    )


def _about(tree: Path, files: tuple[Declared, ...]) -> Plan:
    """The plan without its requirements: what the project is, and on which Python it runs."""
    name = next((one.name for one in files if NAMED.fullmatch(one.name)), "")
    version = next((one.version for one in files if VERSION.fullmatch(one.version)), "0")
    points = [
        (group, key, value)
        for one in files
        for group, lines in one.entry_points.items()
        for key, value in lines.items()
        if ENTRY_GROUP.fullmatch(group) and ENTRY_NAME.fullmatch(key) and ENTRY_OBJECT.fullmatch(value)
    ]
    asked = next((one.python for one in files if one.python), "")
    lines = read_text(tree, ".python-version").split()
    chosen = CHOSEN.fullmatch(lines[0]) if lines else None
    return Plan(
        source="",
        # a range and nothing else: it becomes an argument
        requires_python=asked if SPECIFIER.fullmatch(asked) else "",
        itself=(name, version) if name else None,
        entry_points=tuple(dict.fromkeys(points)),
        python=chosen[1] if chosen else "",
        tested=tuple(sorted({one for file in files for one in file.tested}, key=_minor, reverse=True)),
    )


def _minor(version: str) -> int:
    return int(version.partition(".")[2])


def _compiled(tree: Path, project: dict[str, Any]) -> str:
    """What says that parts of the project have to be compiled; "" for nothing."""
    needs = {name_of(one) for one in strings(table(project, "build-system").get("requires"))}
    if found := sorted(needs & COMPILERS):
        return found[0]
    setup = read_text(tree, "setup.py")
    return "ext_modules" if "ext_modules" in setup or "rust_extensions" in setup else ""


def _declared(tree: Path, files: dict[str, Declared], found: Requirements, *, with_main: bool) -> list[str]:
    """Add what the packaging files declare: the project's own dependencies and its test extras'."""
    sources = []
    for name, declared in files.items():
        extras = {*_test_groups(declared.groups), *(one.lower() for one in found.own_extras)}
        groups = declared.groups.items()
        chosen = [line for group, lines in groups if group.lower() in extras for line in lines]
        lines = [*(declared.main if with_main else ()), *chosen]
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


def _tox_deps(config: Sections, section: str = "testenv", depth: int = 0) -> list[str]:
    """`deps` of a section and of those it refers to, without lines that only some runs have."""
    lines: list[str] = []
    for line in strings(config.get(section, {}).get("deps")):
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
