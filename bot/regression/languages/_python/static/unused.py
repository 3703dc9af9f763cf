"""Does a change only bring names that nothing mentions? Then no code behaves differently by it."""

from __future__ import annotations

import ast
import re
from pathlib import Path, PurePosixPath

from bot.environments.config_files import read_text
from bot.regression.languages._python import layout
from bot.regression.languages._python.config import test_config

NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def adds_unused(path: str, before: str, after: str, tree: Path) -> bool:
    """`after` is the file as it stands in the tree, `before` the same without the change."""
    if PurePosixPath(path).suffix != ".py":
        return False
    try:
        old, new = ast.parse(before), ast.parse(after)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    known = {one for node in old.body for one in _brings(node)}
    added = {one for node in new.body for one in _brings(node)} - known
    added = {one for one in added if not (one.startswith("__") and one.endswith("__"))}
    kept = [node for node in new.body if not (names := _brings(node)) or not names <= added]
    if not added or list(map(ast.dump, kept)) != list(map(ast.dump, old.body)):
        return False
    return not _mentions(ast.unparse(ast.Module(kept, [])), added) and not _elsewhere(path, added, tree)


def _brings(node: ast.stmt) -> set[str]:
    """The names that a plain definition or an assignment of a constant brings."""
    if isinstance(node, NAMED) and not node.decorator_list and not getattr(node, "bases", []):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    if isinstance(getattr(node, "value", None), ast.Constant) and all(
        isinstance(one, ast.Name) for one in targets
    ):
        return {one.id for one in targets if isinstance(one, ast.Name)}
    return set()


def _mentions(text: str, names: set[str]) -> bool:
    return re.search(rf"\b(?:{'|'.join(map(re.escape, names))})\b", text) is not None


def _elsewhere(path: str, names: set[str], tree: Path) -> bool:
    patterns = test_config(tree).python_files
    others = (one for one in layout.source_files(tree) if one != path and not layout.matches(one, patterns))
    return any(_mentions(read_text(tree, one), names) for one in others)
