"""Where untrusted input enters a function: its parameters, a framework's request, the console."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import libcst as cst

from bot.review.rules.analysis.names import Function, argument, dotted, resolve, string_value

Kind = Literal[
    "parameter",
    "route",
    "args",
    "form",
    "values",
    "json",
    "cookies",
    "headers",
    "data",
    "input",
    "argv",
    "declared",
]

REQUEST_KINDS: dict[str, Kind] = {
    "flask.request.args": "args",
    "flask.request.form": "form",
    "flask.request.values": "values",
    "flask.request.json": "json",
    "flask.request.cookies": "cookies",
    "flask.request.headers": "headers",
    "flask.request.data": "data",
}
REQUEST_CALLS: dict[str, Kind] = {
    "flask.request.get_json": "json",
    "flask.request.get_data": "data",
    "input": "input",
}
# A parameter with another annotation than these is taken to hold no text that somebody else chose.
TEXT_ANNOTATION = re.compile(
    r"\b(str|bytes|bytearray|Any|object|dict|Mapping|list|Sequence|IO|TextIO|BinaryIO|Path|PathLike)\b"
)
# Parameters that a program gives itself.
TRUSTED_NAME = re.compile(
    r"^(conn|connection|cur|cursor|db|database|session|engine|client|app|config|settings|logger|log|encoding|mode"
    r"|table|schema|env|cwd|timeout|request|req|sql|statement)$"
)
FRAMEWORK = frozenset({"route", "args", "form", "values", "json", "cookies", "headers", "data"})


@dataclass(frozen=True, slots=True)
class Origin:
    """One untrusted input: a parameter or a field of a request.

    `key` is the entry used of a mapping parameter.
    """

    kind: Kind
    name: str = ""
    key: str = ""

    @property
    def is_remote(self) -> bool:
        return self.kind in FRAMEWORK

    @property
    def words(self) -> str:
        """The input as a developer would call it."""
        if self.kind == "parameter":
            return f"`{self.name}[{self.key!r}]`" if self.key else f"`{self.name}`"
        if self.kind == "route":
            return f"the URL's `{self.name}`"
        if self.kind == "declared":
            return f"what `{self.name}` gives"
        if self.kind in {"input", "argv"}:
            return "the text typed in" if self.kind == "input" else "the command line"
        return f"the request's `{self.name}`" if self.name else "the request's body"

    @property
    def label(self) -> str:
        """An identifier for the input, to use in names of tests."""
        text = re.sub(r"\W+", "_", self.key or self.name or self.kind).strip("_").lower()
        return text if text and not text[0].isdigit() else f"{self.kind}_{text}".rstrip("_")


def parameter_origins(function: Function, *, private: bool = False) -> dict[str, Origin]:
    """Untrusted parameters of a function, by name; those of a private function only when asked for."""
    rule = flask_rule(function)
    if rule is not None:
        names = re.findall(r"<(?:(?:string|path|default)(?:\([^)]*\))?:)?(\w+)>", rule.path)
        return {name: Origin("route", name) for name in names}
    if not private and (function.nested or not function.is_public):
        return {}
    return {
        one.name.value: Origin("parameter", one.name.value)
        for one in function.parameters
        if _is_untrusted(function, one)
    }


def _is_untrusted(function: Function, parameter: cst.Param) -> bool:
    if TRUSTED_NAME.match(parameter.name.value):
        return False
    if parameter.annotation is not None:
        return bool(TEXT_ANNOTATION.search(function.source.code(parameter.annotation.annotation)))
    default = parameter.default
    if default is None or string_value(default) is not None:
        return True
    return isinstance(default, cst.Name) and default.value == "None"


@dataclass(frozen=True, slots=True)
class Rule:
    """A Flask route: `/users/<name>`, its first method, and the object it was registered on."""

    path: str
    method: str
    owner: str


def flask_rule(function: Function) -> Rule | None:
    """The route of a Flask view, None for any other function."""
    if not any(name.partition(".")[0] == "flask" for name in function.imports.values()):
        return None
    for decorator in function.node.decorators:
        call = decorator.decorator
        if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
            continue
        verb = call.func.attr.value
        first = argument(call, 0, "rule")
        path = string_value(first.value) if first else None
        if path is None or verb not in {"route", "get", "post", "put", "patch", "delete"}:
            continue
        return Rule(path, _method(call, verb), resolve(call.func.value, {}))
    return None


def _method(call: cst.Call, verb: str) -> str:
    if verb != "route":
        return verb
    given = argument(call, -1, "methods")
    elements = getattr(given.value, "elements", ()) if given else ()
    names = [string_value(element.value) or "" for element in elements]
    posting = [name.lower() for name in names if name.upper() != "GET"]
    return posting[0] if posting else "get"


def request_origin(function: Function, node: cst.BaseExpression) -> Origin | None:
    """The origin that an expression reads itself: `request.args`, `request.get_json()`, a declared source."""
    if isinstance(node, cst.Call):
        if function.calls_one_of(node, function.known.sources):
            return Origin("declared", dotted(node.func) or "it")
        kind = REQUEST_CALLS.get(function.called(node))
        return Origin(kind) if kind else None
    name = resolve(node, function.imports)
    if name == "sys.argv":
        return Origin("argv")
    kind = REQUEST_KINDS.get(name)
    return Origin(kind) if kind else None
