"""The form of the lines that a test adds, for gate G14."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from pathlib import Path

from bot.environments.config_files import read_toml, table
from bot.gates.at_home import Style
from bot.regression.languages._python.static.text import FUNCTIONS

NAME = re.compile(r"test(_[a-z0-9]+)*|test[A-Z]\w*")


def form_of(content: str, new: frozenset[int], tree: Path) -> Style:
    """What is to be said of the new lines; nothing of a file that is no Python."""
    try:
        module = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Style()
    rows = content.split("\n")
    free = set(_free(module))
    code = [
        number
        for number in sorted(new)
        if number <= len(rows) and rows[number - 1].strip() and number not in free
        and not rows[number - 1].lstrip().startswith("#")
    ]  # fmt: skip
    functions = [one for one in ast.walk(module) if isinstance(one, FUNCTIONS)]
    added = [one for one in functions if one.lineno in new and one.name.startswith("test")]
    sizes = [
        bisect_right(code, one.end_lineno or one.lineno) - bisect_left(code, one.lineno) for one in functions
    ]
    documented = ast.get_docstring(module) if 1 in new else None
    states = bool(documented) or any(ast.get_docstring(one) for one in added)
    return Style(max(sizes, default=0), states, tuple(_remarks(rows, new, added, tree)))


def _free(module: ast.Module) -> Iterator[int]:
    """Lines of imports and docstrings."""
    for node in ast.walk(module):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.Import | ast.ImportFrom) or (is_text and isinstance(node, ast.Expr)):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _remarks(
    rows: list[str], new: frozenset[int], tests: list[ast.FunctionDef | ast.AsyncFunctionDef], tree: Path
) -> Iterator[str]:
    longest = _line_length(tree)
    for number in sorted(new):
        row = rows[number - 1] if number <= len(rows) else ""
        if longest and len(row) > longest:
            yield f"line {number} is longer than the project's {longest} signs"
            break
    if any("\t" in rows[number - 1] for number in new if number <= len(rows)):
        yield "tabs are used"
    for one in tests:
        if not NAME.fullmatch(one.name):
            yield f"{one.name} is no usual name of a test"


def _line_length(tree: Path) -> int:
    """What the project's formatter is told; 0 when it is told nothing."""
    tool = table(read_toml(tree, "pyproject.toml"), "tool")
    for name in ("ruff", "black"):
        length = table(tool, name).get("line-length")
        if isinstance(length, int):
            return length
    return 0
