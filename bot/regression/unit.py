"""What a test is about, by name: the unit that it must not replace (gate G0), and its functions (gate G7)."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from bot.gates.static import Unit
from bot.records import Finding
from bot.regression.aim import around, functions_of, parse_module
from bot.regression.trees import read_file


def unit_of_finding(finding: Finding, tree: Path) -> Unit:
    """The functions on the finding's lines, and the classes around them."""
    module = parse_module(read_file(tree, finding.path))
    functions = functions_of(module) if module else []
    lines = range(finding.start_line, finding.end_line + 1)
    names = {part for line in lines if (one := around(line, functions)) for part in one.name.split(".")}
    return Unit((finding.path,), frozenset(names))


def unit_of_change(head: Path, fixed: Path, paths: tuple[str, ...]) -> Unit:
    """The functions, classes and constants that differ between the two trees, new ones included."""
    names: set[str] = set()
    for path in paths:
        here, there = (_definitions(read_file(tree, path)) for tree in (head, fixed))
        for name in here.keys() | there.keys():
            if here.get(name) != there.get(name):
                names |= set(name.split("."))
    return Unit(paths, frozenset(names))


def join_units(one: Unit, other: Unit) -> Unit:
    """Both together."""
    return Unit(tuple(dict.fromkeys(one.paths + other.paths)), one.names | other.names)


def function_lines(tree: Path, paths: tuple[str, ...]) -> Mapping[tuple[str, int], str]:
    """The name of the function at each (path, line) that belongs to one."""
    found: dict[tuple[str, int], str] = {}
    for path in paths:
        module = parse_module(read_file(tree, path))
        for one in functions_of(module) if module else ():  # outer ones first, so that inner ones win
            found |= {(path, line): one.name for line in range(one.body, one.last + 1)}
    return found


def _definitions(source: bytes | None, prefix: str = "") -> dict[str, str]:
    """Dotted names of functions and constants with what they are; a class is what is in it."""
    module = parse_module(source)
    return _inside(module, prefix) if module else {}


def _inside(node: ast.AST, prefix: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            found |= _inside(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{prefix}{child.name}"  # a property and its setter share one
            found[name] = found.get(name, "") + ast.dump(child)
        elif isinstance(child, ast.Assign | ast.AnnAssign):
            targets = child.targets if isinstance(child, ast.Assign) else [child.target]
            found |= {f"{prefix}{one.id}": ast.dump(child) for one in targets if isinstance(one, ast.Name)}
        elif not isinstance(child, ast.expr):
            found |= _inside(child, prefix)  # definitions below `if` and `try`
    return found
