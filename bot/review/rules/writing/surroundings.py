"""Where code gets its files and connections from, and so where a test can put others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import libcst as cst

from bot.review.rules.analysis.names import Function, argument, dotted, resolve, string_value
from bot.review.rules.analysis.taint import PLAIN_KEY
from bot.review.rules.writing.invocation import attribute_value, module_value
from bot.review.rules.writing.rewrite import CannotWrite

SAME_PATH = frozenset({"str", "os.fspath", "pathlib.Path", "os.path.realpath", "os.path.abspath"})
RELATIVE_PATH = re.compile(r"\w[\w./ \-]*")

Kind = Literal[
    "parameter",  # an object passed in
    "module",  # an object that the module holds
    "opener",  # a function imported from elsewhere
    "connect",  # a driver's own function, by its dotted name
    "file-parameter",  # a path passed in
    "file-constant",  # a path that the module holds
    "file-path",  # a relative path written in the code
    "file-variable",  # a path from an environment variable
    "config",  # a path from the Flask application's configuration
]


@dataclass(frozen=True, slots=True)
class Location:
    """How the code reaches something; `name` says which parameter, constant, key …"""

    kind: Kind
    name: str = ""


def file_location(node: cst.BaseExpression, function: Function) -> Location:
    """Where a path of a file or folder comes from, so that a test can name another one."""
    node = _bare(node, function)
    name = dotted(node)
    if isinstance(node, cst.Name):
        if any(one.name.value == name for one in function.parameters):
            return Location("file-parameter", name)
        if module_value(function, name) is not None or name in function.imports:
            return Location("file-constant", name)
    if name.startswith("self."):
        found = attribute_value(function, name.removeprefix("self."))
        if found is not None:
            return file_location(found[1], found[0])
    text = string_value(node)
    if text is not None and RELATIVE_PATH.fullmatch(text) and ".." not in text:
        return Location("file-path", text)
    return _looked_up(node, function)


def _bare(node: cst.BaseExpression, function: Function) -> cst.BaseExpression:
    """The path without `Path(…)`, `str(…)`, `.resolve()` around it."""
    while isinstance(node, cst.Call):
        inner = argument(node, 0)
        if function.called(node) in SAME_PATH and inner is not None:
            node = inner.value
        elif isinstance(node.func, cst.Attribute) and node.func.attr.value in {"resolve", "absolute"}:
            node = node.func.value
        else:
            break
    return node


def _looked_up(node: cst.BaseExpression, function: Function) -> Location:
    """A path from the environment, or from the Flask application's configuration."""
    key = None
    if isinstance(node, cst.Call):
        home, first = function.called(node), argument(node, 0)
        key = string_value(first.value) if first else None
        home = home.removesuffix(".get")
    elif isinstance(node, cst.Subscript) and isinstance(node.slice[0].slice, cst.Index):
        key, home = string_value(node.slice[0].slice.value), resolve(node.value, function.imports)
    else:
        home = ""
    if key is not None and not PLAIN_KEY.fullmatch(key):
        key = None
    if key and home in {"os.environ", "os.getenv"}:
        return Location("file-variable", key)
    if key and (home == "flask.current_app.config" or home.endswith(".config")):
        return Location("config", key)
    raise CannotWrite("The path is fixed in the code, where a test cannot put another one.")
