"""What a red test has to reach: the lines of a finding, or the functions that a change touches."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from bot.gates.right_reason import Aim
from bot.records import Finding
from bot.regression.trees import read_file


@dataclass(frozen=True, slots=True)
class Function:
    """A function's place in its file: numbers of lines."""

    name: str  # with the names around it: "Cookie.value"
    first: int  # its decorators included
    body: int
    last: int


def aim_at_finding(finding: Finding, tree: Path) -> Aim:
    """The statements on the finding's lines; no line where these run at import, in no function."""
    what = "the finding's lines"
    module = parse_module(read_file(tree, finding.path))
    if module is None:
        return Aim(what, (finding.path,))
    wanted = range(finding.start_line, finding.end_line + 1)
    functions = [one for one in (around(line, functions_of(module)) for line in wanted) if one]
    if not functions:
        return Aim(what, (finding.path,))
    inside = {line for one in functions for line in range(one.body, one.last + 1)}
    lines = {line for node in ast.walk(module) for line in _statement_lines(node, wanted)} & inside
    return Aim(what, (finding.path,), frozenset((finding.path, line) for line in lines or inside))


def _statement_lines(node: ast.AST, wanted: range) -> range:
    """A statement's lines if it stands on wanted ones; with a body only its head; of a function all."""
    if not isinstance(node, ast.stmt):
        return range(0)
    body = getattr(node, "body", None)
    last = node.end_lineno or node.lineno
    head = range(node.lineno, (max(node.lineno, body[0].lineno - 1) if body else last) + 1)
    if not (head.start < wanted.stop and wanted.start < head.stop):
        return range(0)
    return range(node.lineno, last + 1) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else head


def aim_at_change(head: Path, fixed: Path, paths: tuple[str, ...]) -> Aim:
    """The functions of the head that the change touches.

    No line is asked for where the change also touches what runs at import, adds functions, or is not
    Python: then a test may be right and yet reach none of the lines that stand there today.
    """
    lines: set[tuple[str, int]] = set()
    is_free = False
    for path in paths:
        touched = _touched(read_file(head, path), read_file(fixed, path))
        if touched is None:
            is_free = True
        else:
            lines |= {(path, line) for line in touched}
    return Aim("the changed functions", paths, frozenset() if is_free else frozenset(lines))


def _touched(before: bytes | None, after: bytes | None) -> set[int] | None:
    """Lines of the functions that differ; None when the difference is not in functions that `before` has."""
    old, new = parse_module(before), parse_module(after)
    if before is None or after is None or old is None or new is None:
        return None
    here, there = functions_of(old), functions_of(new)
    old_lines, new_lines = before.decode().split("\n"), after.decode().split("\n")
    named = {one.name: one for one in here}
    found: list[Function] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        sides = [(old_lines, here, line) for line in range(i1, i2)]
        sides += [(new_lines, there, line) for line in range(j1, j2)]
        for texts, functions, index in sides:
            one = around(index + 1, functions)
            if one is not None and one.name in named:
                found.append(named[one.name])
            elif _matters(texts[index]):
                return None
    return {line for one in found for line in range(one.body, one.last + 1)}


def _matters(line: str) -> bool:
    """Is this a line outside functions that does something? Blank lines, comments and imports do not."""
    text = line.strip()
    return bool(text) and not text.startswith(("#", "import ", "from "))


def parse_module(source: bytes | None) -> ast.Module | None:
    """The syntax tree; None for what is no Python that this version reads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the code's odd escapes are not this program's warnings
        try:
            return None if source is None else ast.parse(source.decode())
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def functions_of(module: ast.AST) -> list[Function]:
    """All functions in it, an outer one before those in it. However deep the code nests."""
    found: list[Function] = []
    waiting: list[tuple[ast.AST, str]] = [(module, "")]
    while waiting:
        node, prefix = waiting.pop()
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{prefix}{node.name}"
            if not isinstance(node, ast.ClassDef):
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                found.append(Function(name, first, node.body[0].lineno, node.end_lineno or node.lineno))
            prefix = f"{name}."
        waiting += [(child, prefix) for child in reversed(list(ast.iter_child_nodes(node)))]
    return found


def around(line: int, functions: list[Function]) -> Function | None:
    """The innermost function on this line."""
    inside = [one for one in functions if one.first <= line <= one.last]
    return max(inside, key=lambda one: one.first, default=None)
