"""Which database driver a file talks to, and how that driver writes a placeholder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from bot.review.rules.analysis.names import Function
from bot.review.rules.analysis.source import MAX_BYTES

PLACEHOLDERS = {
    "sqlite3": "?", "aiosqlite": "?", "pyodbc": "?", "duckdb": "?",
    "psycopg": "%s", "psycopg2": "%s", "pymysql": "%s", "MySQLdb": "%s", "mysql": "%s", "aiomysql": "%s",
    "sqlalchemy": ":", "django": "%s",
}  # fmt: skip
IMPORT = re.compile(rf"^\s*(?:import|from)\s+({'|'.join(PLACEHOLDERS)})\b", re.MULTILINE)


MOST_FILES = 2_000  # of a project that are looked through for a driver


def driver(function: Function) -> str | None:
    """The one driver that the file imports; else that of the project files it imports; else the project's.

    None when unsure, as when there are two.
    """
    own = _known({name.partition(".")[0] for name in function.imports.values()})
    if not own:
        own = _imported(_project_texts(function))
    if not own:
        own = _imported(_all_texts(function.source.tree))
    return own.pop() if len(own) == 1 else None


def _imported(texts: Iterable[str]) -> set[str]:
    return _known({name for text in texts for name in IMPORT.findall(text)})


def _all_texts(tree: Path) -> Iterator[str]:
    """The texts of the tree's Python files; none when there are too many to tell."""
    paths = list(islice(tree.rglob("*.py"), MOST_FILES + 1))
    for path in paths if len(paths) <= MOST_FILES else []:
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= MAX_BYTES:
            yield path.read_text(encoding="utf-8", errors="replace")


def _known(packages: set[str]) -> set[str]:
    return packages & PLACEHOLDERS.keys()


def _project_texts(function: Function) -> list[str]:
    """The texts of project files that this one imports from."""
    source = function.source
    texts = []
    for path in sorted(set(_paths(function))):
        file = source.tree / path
        if file.is_file() and file.resolve() == file and file.stat().st_size <= MAX_BYTES:
            texts.append(file.read_text(encoding="utf-8", errors="replace"))
    return texts


def _paths(function: Function) -> list[str]:
    """Paths where the imported modules would be, with and without a `src` folder."""
    here = PurePosixPath(function.source.path).parent
    found = []
    for name in function.imports.values():
        dots = len(name) - len(name.lstrip("."))
        start = here
        for _ in range(dots - 1):
            start = start.parent
        bases = [start] if dots else [PurePosixPath(), PurePosixPath("src"), here]
        parts = [part for part in name.split(".") if part]
        for cut in range(1, len(parts) + 1):
            tail = "/".join(parts[:cut])
            found += [str(base / end) for base in bases for end in (f"{tail}.py", f"{tail}/__init__.py")]
    return found
