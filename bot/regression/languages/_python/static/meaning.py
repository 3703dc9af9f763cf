"""Do two versions of a source file mean the same, but for comments, docstrings and annotations?"""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

BODIES = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def same_meaning(path: str, before: str, after: str) -> bool:
    """For files of other kinds only blanks at the ends of lines are free."""
    if PurePosixPath(path).suffix != ".py":
        return [row.rstrip() for row in before.splitlines()] == [row.rstrip() for row in after.splitlines()]
    try:
        return _bare(before) == _bare(after)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _bare(source: str) -> str:
    module = ast.parse(source)
    for node in ast.walk(module):
        if isinstance(node, BODIES) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        # A class's annotations are data to some (dataclasses, pydantic), a function's to few
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
            arguments = node.args
            for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                one.annotation = None
    return ast.dump(module)
