"""Functions of the same file that the changed rows call, or that use what the changed rows define."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from bot.review.claude.slices import Source, first_line, scopes_in

BUDGET = 6_000  # characters a file
WHOLE = 45  # lines; a longer function is shown around its uses only
AROUND = 12


def related(
    source: Source, changed: AbstractSet[int], seen: AbstractSet[int] = frozenset(), budget: int = BUDGET
) -> str:
    """Those functions, callees first, verbatim with their line numbers in the titles; "" without a tree.

    `seen` are lines that are shown already.
    """
    if source.module is None:
        return ""
    called, defined = names_in(source.module, changed)
    callees, users = [], []
    for scope in scopes_in(source.module):
        if (
            isinstance(scope, ast.ClassDef)
            or set(range(scope.lineno, (scope.end_lineno or 0) + 1)) <= changed | seen
        ):
            continue
        if scope.name in called and scope.name not in defined:
            callees.append(_show(source, scope, ()))
        elif uses := tuple(line for name, line in _mentions(scope) if name in defined):
            users.append(_show(source, scope, uses))
    return _fit([*callees, *users], budget)


def names_in(module: ast.Module, changed: AbstractSet[int]) -> tuple[set[str], set[str]]:
    """Names that the changed rows call, and names that they define."""
    called: set[str] = set()
    defined: set[str] = set()
    for node in ast.walk(module):
        if getattr(node, "lineno", 0) not in changed:
            continue
        if isinstance(node, ast.Call):
            called.add(getattr(node.func, "attr", getattr(node.func, "id", "")))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined.add(node.name)
    for node in _statements(module):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.lineno in changed:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            defined |= {one.id for one in targets if isinstance(one, ast.Name)}
    return called, {name for name in defined if not name.startswith("__")}


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Statements of the module and of its classes; a function's locals are nobody else's business."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.expr):
            yield from _statements(child)


def _mentions(scope: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(scope):
        if isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno


def _show(source: Source, scope: ast.FunctionDef | ast.AsyncFunctionDef, uses: tuple[int, ...]) -> str:
    start, end = first_line(scope), scope.end_lineno or scope.lineno
    rows: Sequence[int] = range(start, end + 1)
    if len(rows) > WHOLE:
        near = {line for use in uses for line in range(use - AROUND, use + AROUND + 1)}
        head = range(start, scope.body[0].lineno if uses else start + WHOLE)
        rows = [line for line in rows if line in near or line in head]
    text: list[str] = []
    before = start - 1
    for line in rows:
        text += ["[…]"] if line != before + 1 else []
        text.append(source.lines[line - 1])
        before = line
    return f"[lines {start}-{end}]\n" + "\n".join(text)


def _fit(parts: list[str], budget: int) -> str:
    kept: list[str] = []
    for part in parts:
        if sum(map(len, kept)) + len(part) <= budget:
            kept.append(part)
    return "\n".join(kept)
