"""The same code at other lines and in a file of another size: a test must not tell the difference."""

from __future__ import annotations

from pathlib import PurePosixPath

from bot.regression.languages._python.static.meaning import same_meaning

ROWS = ["# " + "moved " * 160] * 11  # more than most fixes add


def respaced(path: str, source: str) -> str:
    """The source with comments more; as it is where that would change its meaning, or it is no Python."""
    if PurePosixPath(path).suffix != ".py":
        return source
    rows = source.split("\n")
    at = next((number for number, row in enumerate(rows) if not row.startswith("#")), 0)
    changed = "\n".join([*rows[:at], *ROWS, *rows[at:]])
    return changed if same_meaning(path, source, changed) else source
