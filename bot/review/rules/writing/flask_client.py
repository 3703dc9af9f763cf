"""Calls a Flask view through the framework's own test client."""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from bot.review.reviewers import Placement
from bot.review.rules.analysis.names import Function, argument, dotted, functions, resolve, string_value
from bot.review.rules.analysis.origins import Origin, Rule
from bot.review.rules.writing.arguments import read_keys
from bot.review.rules.writing.rewrite import CannotWrite

SENT_AS = {
    "args": "query_string", "values": "query_string", "form": "data", "json": "json", "headers": "headers",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClientCall:
    """Code of a request, and what goes before it."""

    call: str  # uses the name `value`
    imports: tuple[str, ...]
    setup: tuple[str, ...]


def client_call(function: Function, rule: Rule, origin: Origin, placement: Placement) -> ClientCall:
    """A request that carries `value` where the view reads it.

    Raises CannotWrite when the application cannot be had.
    """
    imports, setup, prefix = _application(function, rule, placement)
    if not re.fullmatch(r"[\w/<>:.\-]*", prefix + rule.path):
        raise CannotWrite("The view's address is too intricate for a test.")
    path, more = _path(prefix + rule.path, origin)
    sent = _fields(function, origin)
    setup = (*setup, "client = application.test_client()")
    if origin.kind == "cookies":
        setup = (*setup, f'client.set_cookie("{origin.name}", value)')
    call = f"client.{rule.method}({', '.join([path, *sent])})"
    return ClientCall(call, (*imports, *more), setup)


def _application(
    function: Function, rule: Rule, placement: Placement
) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Imports and lines that give a name `application`, and the prefix its routes have."""
    if function.nested:
        factory = next((one for one in functions(function.source) if one.name == function.outer[0]), None)
        if factory is None or any(one.default is None for one in factory.parameters):
            raise CannotWrite("The application's factory needs arguments that a test cannot guess.")
        home = f"from {placement.module} import {factory.name}"
        return (home,), (f"application = {factory.name}()",), ""
    owner = _made(function, rule.owner)
    called = resolve(owner.func, function.imports) if owner is not None else ""
    home = f"from {placement.module} import {rule.owner}"
    if called == "flask.Flask":
        return (f"{home} as application" if rule.owner != "application" else home,), (), ""
    if owner is not None and called == "flask.Blueprint":
        given = argument(owner, -1, "url_prefix")
        prefix = string_value(given.value) if given else ""
        lines = ("application = Flask(__name__)", f"application.register_blueprint({rule.owner})")
        return (home, "from flask import Flask"), lines, prefix or ""
    raise CannotWrite("The Flask application that the view belongs to is not in its file.")


def _made(function: Function, name: str) -> cst.Call | None:
    for row in function.source.module.body:
        small = row.body[0] if isinstance(row, cst.SimpleStatementLine) else None
        if isinstance(small, cst.Assign) and dotted(small.targets[0].target) == name:
            return small.value if isinstance(small.value, cst.Call) else None
    return None


def _path(path: str, origin: Origin) -> tuple[str, tuple[str, ...]]:
    """Code of the URL: the marker, quoted, in its place and 1 in the others."""
    carries = False

    def fill(match: re.Match[str]) -> str:
        nonlocal carries
        if origin.kind == "route" and match[1] == origin.name:
            carries = True
            return "{quote(value, safe='')}"
        return "1"

    filled = re.sub(r"<(?:[^<>]*:)?(\w+)>", fill, path)
    if carries:
        return f'f"{filled}"', ("from urllib.parse import quote",)
    return f'"{filled}"', ()


def _fields(function: Function, origin: Origin) -> list[str]:
    """Keyword arguments of the request: the marker's field, and others that the view insists on."""
    if origin.kind == "data" or (origin.kind == "json" and not origin.name):
        return ["data=value" if origin.kind == "data" else "json=value"]
    sent = []
    for kind, keyword in SENT_AS.items():
        keys = read_keys(function, f"flask.request.{kind}")
        fields = [f'"{key}": "sample"' for key in keys if (kind, key) != (origin.kind, origin.name)]
        if kind == origin.kind:
            if not origin.name:
                raise CannotWrite("The view uses the whole request; a test cannot tell which field matters.")
            fields.insert(0, f'"{origin.name}": value')
        if fields and kind != "headers":
            sent.append(f"{keyword}={{{', '.join(fields)}}}")
        elif fields:
            sent.append(f"headers={{{fields[0]}}}")
    return sent
