"""Which database driver a file talks to, and how that driver writes a placeholder."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from bot.review.rules.analysis.names import Function
from bot.review.rules.analysis.source import MAX_BYTES

PLACEHOLDERS = {
    "sqlite3": "?", "aiosqlite": "?", "pyodbc": "?", "duckdb": "?",
    "psycopg": "%s", "psycopg2": "%s", "pymysql": "%s", "MySQLdb": "%s", "mysql": "%s", "aiomysql": "%s",
    "sqlalchemy": ":", "django": "%s",
}  # fmt: skip
IMPORT = re.compile(rf"^\s*(?:import|from)\s+({'|'.join(PLACEHOLDERS)})\b", re.MULTILINE)


def driver(function: Function) -> str | None:
    """The one driver that the file imports, else the one that a project file it imports does.

    None when unsure.
    """
    own = _known({name.partition(".")[0] for name in function.imports.values()})
    if not own:
        own = _known({name for text in _project_texts(function) for name in IMPORT.findall(text)})
    return own.pop() if len(own) == 1 else None


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
