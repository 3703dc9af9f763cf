"""Requirement files as data: every line is a plain requirement, or the file is refused with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from bot.errors import EnvironmentUnavailable

LARGEST = 1 << 20
DEEPEST = 10  # files that name files
NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
VERSIONS = r"(?:(?:===|==|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+\s*,?\s*)*"
MARKER = r"(?:;[^@$]*)?"
REQUIREMENT = re.compile(
    rf"(?P<name>{NAME})\s*(?:\[[A-Za-z0-9._,\s-]*\])?\s*(?:\(\s*{VERSIONS}\)|{VERSIONS})\s*{MARKER}$"
)
ITSELF = re.compile(r"(?:-e|--editable)?[ =]*(?:file:)?\.(?:/|\.)?(?:\[(?P<extras>[A-Za-z0-9._,\s-]*)\])?$")
FILE = re.compile(r"(?:-r|--requirement|-c|--constraint)[ =]*(?P<name>[^\s=].*)$")
HARMLESS = re.compile(r"--(?:prefer-binary|only-binary|no-binary|pre|require-hashes|use-feature)\b")
INDEX = re.compile(r"(?:-i|--index-url|--extra-index-url|-f|--find-links|--no-index|--trusted-host)\b")


@dataclass(slots=True)
class Requirements:
    """What a project asks for."""

    wanted: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    own_extras: list[str] = field(default_factory=list)  # extras of the project itself that were asked for
    itself: bool = False


def read_requirements(
    tree: Path, name: str, into: Requirements, *, constraint: bool = False, depth: int = 0
) -> None:
    """Add the lines of a requirement file. Raises EnvironmentUnavailable for what is not fetched."""
    if depth > DEEPEST:
        raise EnvironmentUnavailable(f"{name}: requirement files name each other in a circle.")
    for line in _lines(_text(tree, name)):
        if match := FILE.match(line):
            path = (PurePosixPath(name).parent / match["name"].strip()).as_posix()
            is_constraint = constraint or line.startswith(("-c", "--constraint"))
            read_requirements(tree, path, into, constraint=is_constraint, depth=depth + 1)
        elif match := ITSELF.match(line):
            into.itself = True
            into.own_extras += [one.strip() for one in (match["extras"] or "").split(",") if one.strip()]
        elif not HARMLESS.match(line):
            (into.constraints if constraint else into.wanted).append(checked(line, name))


def checked(line: str, source: str) -> str:
    """The requirement, if it is a name with versions; raises EnvironmentUnavailable for anything else."""
    plain = re.sub(r"\s--hash[ =]\S+", "", line).strip()
    if INDEX.match(plain):
        raise EnvironmentUnavailable(
            f"{source} names a package index ({plain[:80]}). Only the one that the bot's operator configured "
            "counts: configure it there (UV_DEFAULT_INDEX, UV_INDEX), or name an interpreter with --python."
        )
    if not REQUIREMENT.match(plain):
        raise EnvironmentUnavailable(
            f"{source} asks for {plain[:80]!r}. Only packages by name and version from the configured index "
            "are fetched, no URLs, paths or options: name an interpreter that has it with --python."
        )
    return line.strip()


def name_of(requirement: str) -> str:
    """The project's name in its normal form."""
    match = REQUIREMENT.match(re.sub(r"\s--hash[ =]\S+", "", requirement).strip())
    return re.sub(r"[-_.]+", "-", match["name"]).lower() if match else ""


def extras_of(requirement: str) -> list[str]:
    """The extras that it asks for."""
    match = re.match(rf"{NAME}\s*\[([^\]]*)\]", requirement.strip())
    return [one.strip() for one in match[1].split(",") if one.strip()] if match else []


def _text(tree: Path, name: str) -> str:
    path = tree / name
    if not path.resolve().is_relative_to(tree.resolve()) or path.is_symlink():
        raise EnvironmentUnavailable(
            f"{name} lies outside the repository; requirement files have to be in it."
        )
    try:
        if path.stat().st_size > LARGEST:
            raise EnvironmentUnavailable(f"{name} is larger than 1 MiB.")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise EnvironmentUnavailable(f"{name} cannot be read as text: {exc}.") from exc


def _lines(text: str) -> Iterator[str]:
    """Logical lines without comments."""
    joined = re.sub(r"\\\r?\n", " ", text)
    for line in joined.splitlines():
        plain = re.sub(r"(^|\s)#.*$", "", line).strip()
        if plain:
            yield plain
