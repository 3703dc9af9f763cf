"""A test's text made ready to be asked: its syntax tree, and what its names stand for."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.environments.config_files import read_text
from bot.gates.static import Objection, Unit
from bot.records import Reason
from bot.regression.languages._python.layout import SKIPPED, TEST_FOLDERS, import_roots

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
NOT_PRODUCT = frozenset({"conftest", "setup", "docs"}) | TEST_FOLDERS | SKIPPED


@dataclass(frozen=True, slots=True)
class Text:
    """One test file. `imports` says what a local name was imported as: {"np": "numpy"}."""

    module: ast.Module
    nodes: tuple[ast.AST, ...]
    imports: Mapping[str, str]
    product: frozenset[str]  # top-level names that are imported from the tree
    unit: Unit
    used: frozenset[str]  # dotted names of modules that the unit's own files import, and what they mention
    tree: Path

    def dotted(self, node: ast.AST | None) -> str:
        """`os.path.join` for that expression, aliases resolved; "" for anything but names and attributes."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            base = self.dotted(node.value)
            return f"{base}.{node.attr}" if base else ""
        return ""

    def is_product(self, name: str) -> bool:
        """Does this dotted name come from the tree?"""
        return name.partition(".")[0] in self.product

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """All calls, with the dotted name of what is called."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield node, self.dotted(node.func)

    def tests(self) -> Iterator[Function]:
        """The test functions and methods."""
        for node in self.nodes:
            if isinstance(node, FUNCTIONS) and node.name.startswith("test"):
                yield node


def read_test(content: str, tree: Path, unit: Unit, python_path: tuple[str, ...]) -> Text | Objection:
    """The test as a `Text`, or the objection that it is no Python."""
    try:
        module = ast.parse(content)
    except SyntaxError as exc:
        return Objection(Reason.TEST_UNREADABLE, exc.lineno or 1, f"is no Python: {exc.msg}")
    except (ValueError, RecursionError, MemoryError) as exc:
        return Objection(Reason.TEST_UNREADABLE, 1, f"cannot be read: {exc}")
    nodes = tuple(ast.walk(module))
    imports = dict(imports_of(nodes))
    tops = frozenset(name.partition(".")[0] for name in imports.values())
    product = tops & _product(tree, python_path)
    if not product:  # the tree is imported by names that cannot be told here
        product = tops - sys.stdlib_module_names - {"pytest", "mock", "hypothesis"}
    return Text(module, nodes, imports, product, unit, _used(tree, unit), tree)


def imports_of(nodes: tuple[ast.AST, ...]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for one in node.names:
                top = one.name.partition(".")[0]
                yield (one.asname, one.name) if one.asname else (top, top)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            for one in node.names:
                # A relative import is from the tree, by whatever name
                name = f"{base}.{one.name}" if base else one.name
                yield one.asname or one.name, name


def _product(tree: Path, python_path: tuple[str, ...]) -> frozenset[str]:
    """Top-level names that the tree offers to importers."""
    found: set[str] = set()
    for root in (*python_path, *import_roots(tree)):
        folder = tree / root
        if not folder.is_dir():
            continue
        for entry in folder.iterdir():
            if entry.is_dir() and (any(entry.glob("*.py")) or any(entry.glob("*/*.py"))):
                found.add(entry.name)
            elif entry.suffix == ".py":
                found.add(entry.stem)
    return frozenset(found) - NOT_PRODUCT


def _used(tree: Path, unit: Unit) -> frozenset[str]:
    """Dotted names that the unit's files import or mention: what they use, a test of them may use."""
    found: set[str] = set()
    for path in unit.paths:
        try:
            module = ast.parse(read_text(tree, path))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        nodes = tuple(ast.walk(module))
        imports = dict(imports_of(nodes))
        found |= set(imports.values())
        found |= {
            f"{imports[node.value.id]}.{node.attr}"
            for node in nodes
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in imports
        }
    return frozenset(found)
