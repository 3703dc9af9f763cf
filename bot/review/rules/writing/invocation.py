"""How a regression test calls the function with the finding: plainly, on an instance,
or through Flask's client.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import libcst as cst

from bot.review.reviewers import Placement
from bot.review.rules.analysis.names import Function, dotted, functions
from bot.review.rules.analysis.origins import Origin, flask_rule
from bot.review.rules.writing.arguments import Provide, arguments, plain_value, tainted_argument
from bot.review.rules.writing.flask_client import client_call
from bot.review.rules.writing.rewrite import CannotWrite

# Names that the generated tests use themselves.
OWN_NAMES = frozenset({
    "answer", "application", "archive", "arguments", "asked", "check", "client", "connection",
    "database", "engine", "folder", "give", "left", "logged", "made", "module", "opened", "outcome", "path",
    "program", "read", "received", "record", "request_made", "response", "runs", "seeded", "sent",
    "session", "shown", "subject", "unpack", "value", "victim",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Invocation:
    """Code for a helper of the test: `setup` lines, then the expression `call`,
    which uses the name `value`.
    """

    call: str
    imports: tuple[str, ...]
    setup: tuple[str, ...] = ()
    is_response: bool = False  # the call gives a response of Flask's test client
    refusals: tuple[str, ...] = ()  # exceptions by which the code may refuse an input, beside ValueError

    def uses(self, name: str) -> bool:
        """Does the code need this fixture?"""
        return any(name in line for line in (self.call, *self.setup))

    def after(self, *setup: str) -> Invocation:
        """The same call with these lines run before it."""
        return replace(self, setup=(*setup, *self.setup))


def module_name(placement: Placement) -> tuple[str, str]:
    """The import of the module under test as an object, and the name it has then."""
    package, _, name = placement.module.rpartition(".")
    return (f"from {package} import {name} as module" if package else f"import {name} as module"), "module"


def invocation(function: Function, origin: Origin, placement: Placement, provide: Provide) -> Invocation:
    """The call of the function with `value` as its untrusted input.

    Raises CannotWrite when a test cannot make it.
    """
    if (rule := flask_rule(function)) is not None:
        client = client_call(function, rule, origin, placement)
        return Invocation(client.call, client.imports, client.setup, is_response=True)
    if function.nested:
        raise CannotWrite("The function stands inside another one, where a test cannot reach it.")
    provide = _with_marker(function, origin, provide)
    imported = function.owner.name.value if function.owner is not None else function.name
    local = "subject" if imported in OWN_NAMES else imported
    target = _target(function, local, provide)
    call = f"{target}({', '.join(arguments(function, provide))})"
    call, imports = _finished(function, call)
    setup, more = _console(origin)
    home = f"from {placement.module} import {imported}" + (f" as {local}" if local != imported else "")
    refusals, errors = _refusals(function)
    return Invocation(call, (home, *imports, *more, *errors), setup, refusals=refusals)


def _with_marker(function: Function, origin: Origin, provide: Provide) -> Provide:
    own = {one.name.value: one for one in function.parameters}

    def answer(name: str, parameter: cst.Param) -> str | None:
        if origin.kind == "parameter" and name == origin.name and own.get(name) is parameter:
            return tainted_argument(function, origin)
        return provide(name, parameter)

    return answer


def _target(function: Function, local: str, provide: Provide) -> str:
    """Code of what to call, given the name that the function or its class has in the test."""
    if function.owner is None:
        return local
    if len(function.outer) != 1:
        raise CannotWrite("The class stands inside another one, where a test cannot reach it.")
    decorators = {dotted(one.decorator) for one in function.node.decorators}
    if decorators & {"property", "cached_property"}:
        raise CannotWrite("A property takes no input from a test.")
    if decorators & {"staticmethod", "classmethod"}:
        return f"{local}.{function.name}"
    return f"{local}({', '.join(_construction(function, provide))}).{function.name}"


def _construction(function: Function, provide: Provide) -> list[str]:
    """Arguments to make an instance of the function's class with."""
    owner = function.owner
    if owner is None:
        return []
    made = constructor(function)
    if made is not None:
        return arguments(made, provide)
    if any(
        dotted(getattr(one.decorator, "func", one.decorator)).endswith("dataclass")
        for one in owner.decorators
    ):
        return _dataclass_arguments(owner, provide)
    if owner.bases and {dotted(base.value) for base in owner.bases} - {"object", "Protocol"}:
        raise CannotWrite(f"A test cannot tell how to make a {owner.name.value}: its parent class decides.")
    return []


def constructor(function: Function) -> Function | None:
    """The `__init__` of the class that a method belongs to."""
    for one in functions(function.source):
        if one.owner is function.owner and one.owner is not None and one.name == "__init__":
            return one
    return None


def _dataclass_arguments(owner: cst.ClassDef, provide: Provide) -> list[str]:
    given = []
    for row in owner.body.body:
        small = row.body[0] if isinstance(row, cst.SimpleStatementLine) else None
        if isinstance(small, cst.AnnAssign) and small.value is None and isinstance(small.target, cst.Name):
            parameter = cst.Param(small.target, small.annotation)
            name = small.target.value
            given.append(provide(name, parameter) or plain_value(name, parameter))
    return given


def _finished(function: Function, call: str) -> tuple[str, tuple[str, ...]]:
    """The call run to its end: a coroutine awaited, a generator exhausted."""
    if function.node.asynchronous is not None:
        return f"asyncio.run({call})", ("import asyncio",)
    if _yields(function.node.body):
        return f"list({call})", ()
    return call, ("import logging",) if "logging." in call else ()


def _yields(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.FunctionDef | cst.Lambda | cst.ClassDef):
        return False
    return isinstance(node, cst.Yield) or any(_yields(child) for child in node.children)


def _console(origin: Origin) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if origin.kind == "input":
        return ('monkeypatch.setattr("builtins.input", lambda *_: value)',), ()
    if origin.kind == "argv":
        return ('monkeypatch.setattr(sys, "argv", ["program", value])',), ("import sys",)
    if origin.kind != "parameter":
        raise CannotWrite("The request is read outside a view, where a test cannot send one.")
    return (), ()


def _refusals(function: Function) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Exceptions of web frameworks that the file may refuse an input with, and their imports."""
    names = set(function.imports.values())
    if "fastapi.HTTPException" in names:
        return ("HTTPException",), ("from fastapi import HTTPException",)
    if "flask.abort" in names:
        return ("HTTPException",), ("from werkzeug.exceptions import HTTPException",)
    return (), ()


def module_value(function: Function, name: str) -> cst.BaseExpression | None:
    """The expression that a module-level name is bound to."""
    for row in function.source.module.body:
        small = row.body[0] if isinstance(row, cst.SimpleStatementLine) else None
        if isinstance(small, cst.Assign) and dotted(small.targets[0].target) == name:
            return small.value
        if isinstance(small, cst.AnnAssign) and dotted(small.target) == name:
            return small.value
    return None


def attribute_value(function: Function, name: str) -> tuple[Function, cst.BaseExpression] | None:
    """The expression that `__init__` binds `self.name` to, with that `__init__`."""
    made = constructor(function)
    if made is None:
        return None
    reader = _Attribute(name)
    made.node.body.visit(reader)
    return (made, reader.value) if reader.value is not None else None


class _Attribute(cst.CSTVisitor):
    def __init__(self, name: str) -> None:
        self.name = name
        self.value: cst.BaseExpression | None = None

    def visit_Assign(self, node: cst.Assign) -> None:  # noqa: N802 - libcst's name
        if dotted(node.targets[0].target) == f"self.{self.name}":
            self.value = node.value

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:  # noqa: N802 - libcst's name
        if dotted(node.target) == f"self.{self.name}" and node.value is not None:
            self.value = node.value
