"""Which files of a tree import which, found by reading them: nothing is executed."""

from __future__ import annotations

import ast
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from bot.environments.config_files import read_text
from bot.regression.languages._python.layout import import_roots, name_from, package_top, source_files

REMEMBERED = 20_000  # files
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
Import = tuple[int, str]  # (dots before it, dotted name): `from a import b` is (0, "a.b")


class Reader:
    """Reads the imports of files, each content once. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, tuple[Import, ...]] = OrderedDict()

    def imports(self, tree: Path, path: str) -> tuple[Import, ...]:
        """What the file may import, wherever in it; () for what cannot be parsed."""
        text = read_text(tree, path)
        key = hashlib.sha256(text.encode()).digest()
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        found = tuple(dict.fromkeys(_imports(text)))
        with self._lock:
            self._known[key] = found
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found


def importers(paths: tuple[str, ...], tree: Path, reader: Reader) -> frozenset[str]:
    """Files that import one of `paths`, directly or through others, and `paths` themselves."""
    users = _users(tree, reader)
    found, waiting = set(paths), list(paths)
    while waiting:
        for user in users.get(waiting.pop(), ()):
            if user not in found:
                found.add(user)
                waiting.append(user)
    return frozenset(found)


class _Modules:
    """The files of a tree by the names they are imported by."""

    def __init__(self, tree: Path) -> None:
        self.files = tuple(source_files(tree))
        self.present = frozenset(self.files)
        roots = import_roots(tree)
        self.names: dict[str, str] = {}  # of files
        self._paths: dict[tuple[str, str], str] = {}  # (folder it is imported from, name); "" for a root
        self._tops: dict[str, str] = {}
        for path in self.files:
            top = package_top(path, self._is_package)
            self._tops[path] = top
            self.names[path] = name_from(path, top, roots)
            self._paths["", self.names[path]] = path
            # pytest imports a test from the folder above its package, which its helpers are then found in
            self._paths[top, name_from(path, top, (top,))] = path

    def _is_package(self, folder: str) -> bool:
        return f"{folder}/__init__.py" in self.present

    def loaded(self, name: str, by: str) -> Iterator[str]:
        """Files that `import name` in the file `by` runs: the module's, and those of its packages."""
        parts = name.split(".")
        for end in range(len(parts), 0, -1):
            dotted = ".".join(parts[:end])
            for folder in ("", self._tops[by]):
                if path := self._paths.get((folder, dotted)):
                    yield path


def _users(tree: Path, reader: Reader) -> dict[str, set[str]]:
    """For each file, the files that load it when they are loaded."""
    modules = _Modules(tree)
    users: dict[str, set[str]] = {}
    for path in modules.files:
        for name in _absolute(reader.imports(tree, path), path, modules.names[path]):
            for used in modules.loaded(name, path):
                users.setdefault(used, set()).add(path)
        for used in _conftests(path, modules.present):
            users.setdefault(used, set()).add(path)
    return users


def _conftests(path: str, present: frozenset[str]) -> Iterator[str]:
    """The conftest files that pytest loads before this file."""
    for folder in PurePosixPath(path).parents:
        conftest = (folder / "conftest.py").as_posix()
        if conftest in present and conftest != path:
            yield conftest


def _absolute(imports: Iterable[Import], path: str, name: str) -> Iterator[str]:
    """The dotted names that relative imports in the file `path`, module `name`, stand for."""
    parts = name.split(".")
    package = parts if path.endswith("__init__.py") else parts[:-1]
    for level, imported in imports:
        up = package[: len(package) - level + 1] if level else []
        yield ".".join([*up, imported] if imported else up)


def _imports(text: str) -> Iterator[Import]:
    try:
        waiting: list[ast.AST] = [ast.parse(text)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = f"{node.module}." if node.module else ""
            yield from ((node.level, base + alias.name) for alias in node.names)
        elif isinstance(node, ast.Assign) and "pytest_plugins" in map(_name, node.targets):
            strings = (one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant))
            yield from ((0, one) for one in strings if isinstance(one, str))
        for block in BLOCKS:  # an import is a statement: expressions need no look
            waiting += getattr(node, block, ())


def _name(target: ast.expr) -> str:
    return target.id if isinstance(target, ast.Name) else ""
