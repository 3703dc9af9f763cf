"""Reading the product's source: a test asks what code does, not how it is written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from bot.gates.static import Objection
from bot.records import Reason
from bot.regression.languages._python.static.text import Text

READERS = re.compile(
    r"(inspect\.(getsource|getsourcelines|getsourcefile|getfile|findsource|getcomments|getmodule)"
    r"|linecache\.\w+|tokenize\.\w+|dis\.\w+|ast\.parse|pkgutil\.get_data|py_compile\.\w+"
    r"|importlib\.util\.find_spec|importlib\.resources\.\w+"
    r"|inspect\.(signature|getfullargspec|getmembers\w*|getattr_static|getdoc|getclosurevars))"
)
INSIDES = frozenset(
    {"__code__", "__spec__", "__loader__", "__cached__", "co_code", "co_consts", "co_names"}
    | {"co_filename", "get_source", "__globals__", "__closure__"}
)
ASKS = {"hasattr": 2, "dir": 1, "vars": 1, "getattr": 3}  # with so many arguments
OWN = frozenset({"__file__", "__dict__", "__doc__", "__annotations__", "__defaults__", "__kwdefaults__"})
READS = frozenset({"open", "read_text", "read_bytes", "read", "readlines", "getline", "getlines"})


def reads_source(text: Text) -> Iterator[Objection]:
    """Calls, attributes and file names that lead to the product's source."""
    for node in text.nodes:
        if isinstance(node, ast.Call):
            name = text.dotted(node.func)
            if READERS.fullmatch(name) and not text.is_product(name):
                yield Objection(Reason.READS_SOURCE, node.lineno, f"calls {name}")
            elif _asks(name, len(node.args)) and _is_module(node.args[0], text):
                what = f"asks what {text.dotted(node.args[0])} holds, not what it does"
                yield Objection(Reason.READS_SOURCE, node.lineno, what)
        elif isinstance(node, ast.Attribute) and _is_inside(node, text):
            yield Objection(Reason.READS_SOURCE, node.lineno, f"looks at {ast.unparse(node)[:60]}")
    if _opens_files(text):
        yield from _named_sources(text)


def _is_inside(node: ast.Attribute, text: Text) -> bool:
    """What the test's own things are made of is no secret."""
    if node.attr in OWN:
        return text.is_product(text.dotted(node.value))
    return node.attr in INSIDES


def _asks(name: str, arguments: int) -> bool:
    return ASKS.get(name) == arguments


def _is_module(node: ast.expr, text: Text) -> bool:
    return isinstance(node, ast.Name) and node.id in text.imports and text.is_product(text.imports[node.id])


def _opens_files(text: Text) -> bool:
    return any(
        (isinstance(call.func, ast.Attribute) and call.func.attr in READS) or name in READS
        for call, name in text.calls()
    )


def _named_sources(text: Text) -> Iterator[Objection]:
    """Strings that name a source file under test, or all of them, in a test that opens files."""
    bases = {PurePosixPath(path).name for path in text.unit.paths} - {"__init__.py"}
    for node in text.nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        value = node.value
        if PurePosixPath(value).name in bases or value.endswith("*.py") or _is_source(value, text):
            yield Objection(Reason.READS_SOURCE, node.lineno, f"names the source file {value[:60]!r}")


def _is_source(value: str, text: Text) -> bool:
    if not value.endswith((".py", ".pyx", ".pyi")) or len(value) > 200 or value.startswith("/"):
        return False
    return "/" in value and ".." not in value and (text.tree / value).is_file()
