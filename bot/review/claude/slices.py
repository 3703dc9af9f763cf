"""What surrounds a hunk: the functions it stands in, the file's imports and its outline, cut to a budget."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

BUDGET = 7_000  # characters for one slice: about 2,000 tokens
AROUND = 30  # lines on either side where no function can be told
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Slice:
    """Lines `start`..`end` of a file, verbatim."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A file's lines, and its syntax tree where it is Python that this interpreter can parse."""

    lines: tuple[str, ...]
    module: ast.Module | None


def parse_source(path: str, text: str) -> Source:
    """Never fails: what cannot be parsed has no tree."""
    lines = tuple(line.removesuffix("\r") for line in text.split("\n"))
    return Source(lines, _parse(text) if path.endswith((".py", ".pyi")) else None)


def _parse(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the reviewed code's odd escapes are not this program's warnings
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def enclosing(source: Source, first: int, last: int, budget: int = BUDGET) -> Slice:
    """The outermost function around the lines, else 30 lines on both sides of them; within `budget`."""
    start, end = max(1, first - AROUND), last + AROUND
    for scope in _path_to(source, first, last):
        if not isinstance(scope, ast.ClassDef):
            start, end = first_line(scope), scope.end_lineno or scope.lineno
            break
        start, end = max(start, first_line(scope)), min(end, scope.end_lineno or end)
    return _cut(source, start, min(end, len(source.lines)), (first + last) // 2, budget)


def scope_of(source: Source, line: int) -> str:
    """Dotted name of the innermost class or function around the line; "" at the module's level."""
    return ".".join(scope.name for scope in _path_to(source, line, line))


def imports(source: Source, budget: int = 2_000) -> str:
    """The file's import statements, verbatim and in order; without a tree, lines that look like them."""
    if source.module is None:
        found = [
            line
            for line in source.lines
            if line.startswith(("import ", "from ", "#include", "use ", "require"))
        ]
        return "\n".join(found)[:budget]
    nodes = [node for node in ast.walk(source.module) if isinstance(node, ast.Import | ast.ImportFrom)]
    rows = [
        source.lines[node.lineno - 1 : node.end_lineno]
        for node in sorted(nodes, key=lambda node: node.lineno)
    ]
    return "\n".join(line for row in rows for line in row)[:budget]


def outline(source: Source, budget: int = 4_000) -> str:
    """Headers of the file's classes and functions, with their lines' numbers; "" without a tree."""
    if source.module is None:
        return ""
    rows = []
    for node in scopes_in(source.module):
        body = node.body[0].lineno if node.body else node.lineno
        header = source.lines[node.lineno - 1 : max(node.lineno, body - 1)]
        shown = header[: _header_length(header)]
        rows.append(f"{node.lineno}: " + "\n".join(shown))
    return "\n".join(rows)[:budget]


def _header_length(header: tuple[str, ...]) -> int:
    """Lines up to the one that ends with a colon; a docstring after it is not part of the header."""
    for index, line in enumerate(header[:12]):
        if line.split("#")[0].rstrip().endswith(":"):
            return index + 1
    return 1


def scopes_in(node: ast.AST) -> Iterator[_Scope]:
    """Classes and functions in the order of the file, without those inside functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SCOPES):
            yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.expr):
            yield from scopes_in(child)


def _path_to(source: Source, first: int, last: int) -> list[_Scope]:
    """Scopes that hold both lines, outermost first."""
    node: ast.AST | None = source.module
    path: list[_Scope] = []
    while node is not None:
        node = next((one for one in ast.iter_child_nodes(node) if _holds(one, first, last)), None)
        if isinstance(node, _SCOPES):
            path.append(node)
    return path


def _holds(node: ast.AST, first: int, last: int) -> bool:
    end = getattr(node, "end_lineno", None)
    if end is None or isinstance(node, ast.expr):
        return False
    start = first_line(node) if isinstance(node, _SCOPES) else int(getattr(node, "lineno", 0))
    return start <= first and last <= end


def first_line(scope: _Scope) -> int:
    """Where the scope begins, decorators included."""
    return min((scope.lineno, *(one.lineno for one in scope.decorator_list)))


def _cut(source: Source, start: int, end: int, middle: int, budget: int) -> Slice:
    """The lines nearest to `middle` that fit the budget."""
    middle = min(max(middle, start), end)
    low = high = middle
    used = len(source.lines[middle - 1]) + 1 if source.lines and middle >= 1 else 0
    while used < budget and (low > start or high < end):
        if low > start and (middle - low <= high - middle or high >= end):
            low -= 1
            used += len(source.lines[low - 1]) + 1
        else:
            high += 1
            used += len(source.lines[high - 1]) + 1
    return Slice(low, high, "\n".join(source.lines[low - 1 : high])[: budget * 2])
