"""Where a function gets its database from, and how a test gives it another one."""

from __future__ import annotations

import libcst as cst

from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import Function, argument, dotted, functions
from bot.review.rules.writing.invocation import attribute_value, module_value
from bot.review.rules.writing.rewrite import CannotWrite
from bot.review.rules.writing.surroundings import Location, file_location

CONNECTS = frozenset({
    "sqlite3.connect", "psycopg.connect", "psycopg2.connect", "pymysql.connect", "MySQLdb.connect",
    "mysql.connector.connect", "pymysql.connections.Connection",
})  # fmt: skip
WRAPPERS = frozenset({"contextlib.closing", "closing"})
FROM_CONNECTION = frozenset({"cursor", "connect", "begin", "execute", "acquire"})


def locate(site: Site) -> Location:
    """Where the receiver of the call at a site comes from.

    Raises CannotWrite when a test cannot take its place.
    """
    func = site.call.func
    if not isinstance(func, cst.Attribute):
        raise CannotWrite("A test cannot tell which database the statement goes to.")
    return _follow(func.value, site.function, site, 0)


def _follow(node: cst.BaseExpression, function: Function, site: Site | None, depth: int) -> Location:
    if depth > 8:
        raise CannotWrite("A test cannot tell which database the statement goes to.")
    if isinstance(node, cst.Call):
        return _call(node, function, site, depth)
    if isinstance(node, cst.Name):
        if any(one.name.value == node.value for one in function.parameters):
            return Location("parameter", node.value)
        binding = site.names.get(node.value) if site else None
        if binding and binding.value is not None:
            return _follow(binding.value, function, site, depth + 1)
        if module_value(function, node.value) is not None or node.value in function.imports:
            return Location("module", node.value)
    if isinstance(node, cst.Attribute) and dotted(node.value) == "self":
        found = attribute_value(function, node.attr.value)
        if found is not None:
            return _follow(found[1], found[0], None, depth + 1)
    if isinstance(node, cst.Attribute) and node.attr.value == "objects":
        raise CannotWrite("The model's database is not within a test's reach.")
    raise CannotWrite("A test cannot tell which database the statement goes to.")


def _call(node: cst.Call, function: Function, site: Site | None, depth: int) -> Location:
    called = function.called(node)
    if called in CONNECTS:
        return _opened(node, called, function)
    first = argument(node, 0)
    if called in WRAPPERS and first:
        return _follow(first.value, function, site, depth + 1)
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in FROM_CONNECTION:
        return _follow(node.func.value, function, site, depth + 1)
    own = called.removeprefix("self.")
    for one in functions(function.source):
        same = one.owner is function.owner if called.startswith("self.") else one.owner is None
        if one.name == own and same:
            return _opened_in(one)
    if isinstance(node.func, cst.Name) and node.func.value in function.imports:
        return Location("opener", node.func.value)
    raise CannotWrite("A test cannot tell which database the statement goes to.")


def _opened_in(function: Function) -> Location:
    """The one connection that an opening function of the same file makes."""
    reader = _Connects(function)
    function.node.body.visit(reader)
    if len(reader.calls) != 1:
        raise CannotWrite(f"`{function.name}` does not open one database that a test could replace.")
    return _opened(reader.calls[0], function.called(reader.calls[0]), function)


class _Connects(cst.CSTVisitor):
    def __init__(self, function: Function) -> None:
        self.function = function
        self.calls: list[cst.Call] = []

    def visit_Call(self, node: cst.Call) -> None:  # noqa: N802 - libcst's name
        if self.function.called(node) in CONNECTS:
            self.calls.append(node)


def _opened(call: cst.Call, called: str, function: Function) -> Location:
    if called != "sqlite3.connect":
        return Location("connect", called)
    first = argument(call, 0, "database")
    if first is None:
        raise CannotWrite("The database's file cannot be told from the call.")
    return file_location(first.value, function)
