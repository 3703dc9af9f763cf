"""Checks REST requests and responses against GitHub's official OpenAPI description."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs

from tests.contracts.fetch import OPENAPI

Json = dict[str, Any]
_PREFIX = "#/components/"
_MANY_SEGMENTS = {"ref", "path", "basehead", "branch", "tree_sha"}  # some lack GitHub's own mark for it
# Not in the description, but where GitHub redirects calls on a repository that was renamed
_BY_ID = re.compile(r"^/repositories/\d+")
_TYPES = {"integer": r"-?\d+", "boolean": r"true|false"}
_SIDES = {"LEFT", "RIGHT"}
_MOST_PER_PAGE = 100
# Where the description is narrower than what GitHub answers (and so does the stand-in).
IGNORED = re.compile(
    r"(/\d+)?/(original_)?(start_)?(line|position): null is not"  # comments that are outdated or on a file
    r"|(/\d+)?/head/repo: null is not"  # a deleted fork
    r"|/\d+/account: "  # wants an account that is a user and an enterprise at once
)


@dataclass(frozen=True)
class Operation:
    """One documented operation."""

    method: str
    template: str
    spec: Json


@dataclass
class Description:
    """The whole description, with validators made when they are first needed."""

    document: Json
    _routes: list[tuple[re.Pattern[str], str]] = field(default_factory=list)
    _validators: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that a request is for; of several, the one with the most literal template."""
        path = _BY_ID.sub("/repos/by/id", path)
        for pattern, template in self._table():
            if pattern.fullmatch(path) and method.lower() in self.document["paths"][template]:
                return Operation(method, template, self.document["paths"][template][method.lower()])
        return None

    def _table(self) -> list[tuple[re.Pattern[str], str]]:
        if not self._routes:
            ordered = sorted(self.document["paths"], key=lambda one: (one.count("{"), -len(one)))
            self._routes = [(self._pattern(template), template) for template in ordered]
        return self._routes

    def _pattern(self, template: str) -> re.Pattern[str]:
        pieces = re.split(r"\{(\w+)\}", template)
        made = "".join(
            re.escape(piece) if at % 2 == 0 else (".*" if piece in _MANY_SEGMENTS else "[^/]+")
            for at, piece in enumerate(pieces)
        )
        return re.compile(made)

    def parameters(self, operation: Operation) -> list[Json]:
        """The operation's own parameters and those of its path."""
        whole = self.document["paths"][operation.template].get("parameters", [])
        return [self._follow(one) for one in [*whole, *operation.spec.get("parameters", [])]]

    def _follow(self, node: Json) -> Json:
        found: Json = node
        while "$ref" in found:
            found = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            node = found
        return found

    def body_schema(self, operation: Operation) -> Json | None:
        """The schema of the JSON body, None where there is none to send."""
        content = self._follow(operation.spec.get("requestBody", {})).get("content", {})
        schema: Json | None = content.get("application/json", {}).get("schema")
        return schema

    def response_schema(self, operation: Operation, status: int) -> Json | None:
        """The schema of the answer with this status. Raises KeyError for a status that is not documented."""
        response = self._follow(operation.spec["responses"][str(status)])
        schema: Json | None = response.get("content", {}).get("application/json", {}).get("schema")
        return schema

    def validator(self, operation: Operation, kind: str, schema: Json, *, closed: bool) -> Any:
        """A validator of what the schema reaches and no more. `closed` refuses keys that it does not name."""
        key = (operation.method, operation.template, kind)
        if key not in self._validators:
            definitions: Json = {}
            root = _convert(schema, closed=closed)
            waiting = list(_references(root))
            while waiting:
                name = waiting.pop()
                if name not in definitions:
                    found = self._follow({"$ref": name})
                    definitions[name] = _convert(found, closed=closed)
                    waiting += _references(definitions[name])
            nested: Json = {}
            for name, definition in definitions.items():
                group, _, short = name.removeprefix(_PREFIX).partition("/")
                nested.setdefault(group, {})[short] = definition
            whole = (
                {**root, "components": nested}
                if "$ref" not in root
                else {"allOf": [root], "components": nested}
            )
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return self._validators[key]


def _references(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _convert(node: Any, *, closed: bool) -> Any:
    """OpenAPI 3.0's dialect as JSON Schema: `nullable`, and no examples; closed objects where asked."""
    if isinstance(node, list):
        return [_convert(one, closed=closed) for one in node]
    if not isinstance(node, Mapping):
        return node
    made = {
        name: _named(value, closed=closed) if name == "properties" else _convert(value, closed=closed)
        for name, value in node.items()
        if name not in {"example", "examples", "nullable", "description", "discriminator", "externalDocs"}
        or (name != "nullable" and not isinstance(value, str | list | bool | int | Mapping))
    }
    if closed and "properties" in made and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    if node.get("nullable"):
        return {"anyOf": [made, {"type": "null"}]}
    return made


def _named(properties: Mapping[str, Any], *, closed: bool) -> Json:
    return {name: _convert(schema, closed=closed) for name, schema in properties.items()}


@cache
def description() -> Description:
    """The description, read once a session. Raises FileNotFoundError when it was not fetched."""
    return Description(json.loads(OPENAPI.file.read_text(encoding="utf-8")))


def check_request(method: str, path: str, query: str, body: bytes) -> list[str]:
    """What GitHub's description says against a request; empty when it is as documented."""
    operation = description().find(method, path)
    if operation is None:
        return [f"{method} {path} is not documented"]
    problems = list(_check_query(operation, query))
    schema = description().body_schema(operation)
    if body and schema is None:
        problems.append("takes no body")
    if schema is not None and body:
        sent = json.loads(body)
        validator = description().validator(operation, "request", schema, closed=True)
        problems += [_sentence(error) for error in validator.iter_errors(sent)]
        problems += _sides(sent)
    elif schema is not None and operation.spec.get("requestBody", {}).get("required"):
        problems.append("needs a body")
    return [f"{method} {path}: {problem}" for problem in problems]


def _check_query(operation: Operation, query: str) -> Iterator[str]:
    known = {one["name"]: one for one in description().parameters(operation) if one["in"] == "query"}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            yield f"query parameter {name!r} is not documented"
            continue
        schema = description()._follow(known[name].get("schema", {}))
        pattern = _TYPES.get(schema.get("type", ""), ".*")
        if not re.fullmatch(pattern, value) or value not in schema.get("enum", [value]):
            yield f"query parameter {name}={value!r} is not allowed"
        if name == "per_page" and value.isdecimal() and int(value) > _MOST_PER_PAGE:
            yield f"per_page={value} is above {_MOST_PER_PAGE}"


def _sides(sent: Any) -> Iterable[str]:
    """The description has any string as a side; GitHub has two."""
    comments = [sent, *sent.get("comments", [])] if isinstance(sent, dict) else []
    for comment in comments:
        for name in ("side", "start_side"):
            if comment.get(name) not in {None, *_SIDES}:
                yield f"{name} is {comment[name]!r}, not LEFT or RIGHT"


def check_response(method: str, path: str, status: int, body: bytes) -> list[str]:
    """What GitHub's description says against an answer of the stand-in."""
    operation = description().find(method, path)
    if operation is None:
        return [f"{method} {path} is not documented"]
    try:
        schema = description().response_schema(operation, status)
    except KeyError:
        return [] if status >= 400 else [f"{method} {path}: status {status} is not documented"]
    if schema is None or status >= 400:
        return []
    validator = description().validator(operation, f"response {status}", schema, closed=False)
    problems = [_sentence(error) for error in validator.iter_errors(json.loads(body))]
    return [f"{method} {path} -> {status}: {one}" for one in problems if not IGNORED.match(one)]


def _sentence(error: Any) -> str:
    place = "/" + "/".join(str(step) for step in error.instance_path)
    return f"{place}: {error.message[:300]}"
