"""What surrounds a hunk: the functions it stands in, the file's imports and its outline, cut to a budget."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.review.claude.syntax import Block, Syntax, read_syntax

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
    """A file's lines, what its language's grammar sees in them, and Python's own tree where it is Python."""

    lines: tuple[str, ...]
    module: ast.Module | None
    syntax: Syntax | None


def parse_source(path: str, text: str) -> Source:
    """Never fails: what cannot be parsed has no tree."""
    lines = tuple(line.removesuffix("\r") for line in text.split("\n"))
    if not path.endswith((".py", ".pyi")):
        return Source(lines, None, read_syntax(path, lines))
    module = _parse(text)
    return Source(lines, module, _python_syntax(module, lines) if module is not None else None)


def _parse(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the reviewed code's odd escapes are not this program's warnings
        try:
            return ast.parse(_one_line_end(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _one_line_end(text: str) -> str:
    """The text with the lines that git counts: Python ends a line at a lone carriage return too."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", " ")


def _python_syntax(module: ast.Module, lines: tuple[str, ...]) -> Syntax:
    scopes = [node for node in ast.walk(module) if isinstance(node, _SCOPES)]
    imports = {
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    blocks = [
        Block(
            name=scope.name,
            start=first_line(scope),
            end=scope.end_lineno or scope.lineno,
            line=scope.lineno,
            header=scope.lineno + _header_length(lines[scope.lineno - 1 : scope.body[0].lineno - 1]) - 1,
            is_function=not isinstance(scope, ast.ClassDef),
        )
        for scope in scopes
    ]
    return Syntax(tuple(sorted(blocks, key=lambda one: (one.start, -one.end))), tuple(sorted(imports)))


def enclosing(source: Source, first: int, last: int, budget: int = BUDGET) -> Slice:
    """The outermost function around the lines, else 30 lines on both sides of them; within `budget`."""
    start, end = max(1, first - AROUND), last + AROUND
    for block in _path_to(source, first, last):
        if block.is_function:
            start, end = block.start, block.end
            break
        start, end = max(start, block.start), min(end, block.end)
    return _cut(source, start, min(end, len(source.lines)), (first + last) // 2, budget)


def scope_of(source: Source, line: int) -> str:
    """Dotted name of the innermost class or function around the line; "" at the module's level."""
    return ".".join(block.name for block in _path_to(source, line, line) if block.name)


def imports(source: Source, budget: int = 2_000) -> str:
    """The file's import statements, verbatim and in order; without a tree, lines that look like them."""
    if source.syntax is None:
        found = [
            line
            for line in source.lines
            if line.startswith(("import ", "from ", "#include", "use ", "require"))
        ]
        return _within(found, budget)
    rows = [source.lines[first - 1 : last] for first, last in source.syntax.imports]
    return _within([line for row in rows for line in row], budget)


def outline(source: Source, budget: int = 4_000) -> str:
    """Headers of the file's types and functions, with their lines' numbers; "" without a tree."""
    if source.syntax is None:
        return ""
    rows = []
    inside = 0  # up to where the last function goes: what stands in it is its own business
    for block in source.syntax.blocks:
        if block.start > inside and block.name:
            rows.append(f"{block.line}: " + "\n".join(source.lines[block.line - 1 : block.header]))
        if block.is_function:
            inside = max(inside, block.end)
    return _within(rows, budget)


def _within(rows: Sequence[str], budget: int) -> str:
    """As many whole rows as fit, and a word where there are more."""
    kept: list[str] = []
    room = budget
    for row in rows:
        room -= len(row) + 1
        if room < 0:
            return "\n".join([*kept, "[…]"])
        kept.append(row)
    return "\n".join(kept)


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


def _path_to(source: Source, first: int, last: int) -> list[Block]:
    """Blocks that hold both lines, outermost first."""
    blocks = source.syntax.blocks if source.syntax is not None else ()
    return [one for one in blocks if one.start <= first and last <= one.end]


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
