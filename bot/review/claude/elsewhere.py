"""Code of other files that matters to the changed rows: what they call, and who uses what they define."""

from __future__ import annotations

import ast
import io
import re
from functools import lru_cache
from pathlib import Path

from bot.review.claude.related import names_in
from bot.review.claude.slices import Source, enclosing, first_line, parse_source, scopes_in
from bot.review.claude.sources import files_in, read_source

BUDGET = 5_000  # characters a file of the change
MOST_CALLEES = 6
MOST_USES = 3
TELLING = 4  # letters; a shorter name, or one that many files define, tells nothing
WHOLE = 40  # lines
# Methods of Python's own types: a call of one says nothing of a function of that name somewhere
COMMON = frozenset(
    name for kind in (str, bytes, list, dict, set, Path, io.TextIOWrapper) for name in dir(kind)
)
_TESTS = re.compile(r"(^|/)(tests?|testing)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.py$")
_DEFINED = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)


def elsewhere(tree: Path, path: str, source: Source, changed: frozenset[int]) -> str:
    """Definitions of what the rows call, then uses of what they define, each under its file; "" for neither.

    Only of Python files, and no tests. Of a name that more than two files define, or that Python's own types
    have as well, nothing is known.
    """
    if source.module is None:
        return ""
    called, defined = names_in(source.module, changed)
    own = {scope.name for scope in scopes_in(source.module)}
    parts = _callees(tree, path, sorted(name for name in called - own - COMMON if len(name) >= TELLING))
    parts += _uses(tree, path, sorted(name for name in defined - COMMON if len(name) >= TELLING))
    kept: list[str] = []
    for part in parts:
        if sum(map(len, kept)) + len(part) <= BUDGET:
            kept.append(part)
    return "\n".join(kept)


def _callees(tree: Path, path: str, names: list[str]) -> list[str]:
    index = _definitions(tree)
    found = []
    for name in names:
        places = [one for one in index.get(name, ()) if one != path]
        if 1 <= len(places) <= 2:
            found += [shown for place in places if (shown := _definition(tree, place, name))]
    return found[:MOST_CALLEES]


def _definition(tree: Path, path: str, name: str) -> str:
    source = _source(tree, path)
    if source.module is None:
        return ""
    for scope in scopes_in(source.module):
        if scope.name == name and not isinstance(scope, ast.ClassDef):
            start, end = first_line(scope), scope.end_lineno or scope.lineno
            return _block(path, source, start, min(end, start + WHOLE - 1))
    return ""


def _uses(tree: Path, path: str, names: list[str]) -> list[str]:
    if not names:
        return []
    call = re.compile(rf"\b({'|'.join(map(re.escape, names))})\s*\(")
    found: list[str] = []
    for other in _files(tree):
        if other == path or len(found) == MOST_USES:
            continue
        text = read_source(tree, other) or ""
        if match := call.search(text):
            source = _source(tree, other)
            line = text.count("\n", 0, match.start()) + 1
            part = enclosing(source, line, line, budget=1_200)
            found.append(_block(other, source, part.start, part.end))
    return found


def _block(path: str, source: Source, start: int, end: int) -> str:
    return f"[{path}, lines {start}-{end}]\n" + "\n".join(source.lines[start - 1 : end])


def _source(tree: Path, path: str) -> Source:
    return parse_source(path, read_source(tree, path) or "")


@lru_cache(8)
def _definitions(tree: Path) -> dict[str, list[str]]:
    """The files that define each name. Kept, since nobody writes to a tree."""
    index: dict[str, list[str]] = {}
    for path in _files(tree):
        for name in set(_DEFINED.findall(read_source(tree, path) or "")):
            index.setdefault(name, []).append(path)
    return index


@lru_cache(8)
def _files(tree: Path) -> tuple[str, ...]:
    return tuple(path for path in files_in(tree) if path.endswith(".py") and not _TESTS.search(path))
