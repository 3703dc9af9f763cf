"""Which files of a tree import which, found by reading them: nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from bot.environments.config_files import read_text
from bot.regression.languages._python.layout import import_roots, module_name, source_files


def importers(paths: tuple[str, ...], tree: Path) -> frozenset[str]:
    """Files that import one of `paths`, directly or through others, and `paths` themselves."""
    users = _users(tree)
    found, waiting = set(paths), list(paths)
    while waiting:
        for user in users.get(waiting.pop(), ()):
            if user not in found:
                found.add(user)
                waiting.append(user)
    return frozenset(found)


def _users(tree: Path) -> Mapping[str, set[str]]:
    """For each file, the files that load it when they are loaded."""
    roots = import_roots(tree)
    files = list(source_files(tree))
    names = {path: module_name(path, tree, roots) for path in files}
    modules = {name: path for path, name in names.items() if name}
    present = frozenset(files)
    users: dict[str, set[str]] = {}
    for path in files:
        for name in _imported(path, names[path], tree):
            for used in _loaded(name, modules):
                users.setdefault(used, set()).add(path)
        for used in _conftests(path, present):
            users.setdefault(used, set()).add(path)
    return users


def _loaded(name: str, modules: Mapping[str, str]) -> Iterator[str]:
    """Files that `import name` runs: the module's and those of the packages around it."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        if path := modules.get(".".join(parts[:end])):
            yield path


def _conftests(path: str, present: frozenset[str]) -> Iterator[str]:
    """The conftest files that pytest loads before this file."""
    for folder in PurePosixPath(path).parents:
        conftest = (folder / "conftest.py").as_posix()
        if conftest in present and conftest != path:
            yield conftest


def _imported(path: str, name: str, tree: Path) -> Iterator[str]:
    """Dotted names that the file may import, wherever in it; `from a import b` gives both `a` and `a.b`."""
    try:
        module = ast.parse(read_text(tree, path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    package = name.split(".") if path.endswith("__init__.py") else name.split(".")[:-1]
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*up, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" if base else alias.name for alias in node.names)
