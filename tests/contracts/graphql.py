"""Checks GraphQL queries against GitHub's public schema."""

from __future__ import annotations

import json
from functools import cache

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from tests.contracts.fetch import GRAPHQL


@cache
def schema() -> GraphQLSchema:
    """GitHub's schema, read once a session. Raises FileNotFoundError when it was not fetched."""
    return build_schema(GRAPHQL.file.read_text(encoding="utf-8"), assume_valid=True, assume_valid_sdl=True)


def check_query(body: bytes) -> list[str]:
    """What GitHub's schema says against the query and the variables of a request."""
    sent = json.loads(body)
    return check_text(sent["query"], sent.get("variables"))


def check_text(text: str, variables: dict[str, object] | None = None) -> list[str]:
    """What GitHub's schema says against a query; its variables are looked at when they are given."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return [error.message]
    problems = [one.message for one in validate(schema(), document)]
    if problems or variables is None:
        return problems
    for one in document.definitions:
        if isinstance(one, OperationDefinitionNode):
            values = get_variable_values(schema(), list(one.variable_definitions or ()), variables)
            problems += [each.message for each in values if isinstance(each, GraphQLError)]
    return problems


def differences(small: GraphQLSchema) -> list[str]:
    """Where a schema says something that GitHub's does not."""
    found = []
    for name, kind in small.type_map.items():
        if name.startswith("__"):
            continue
        real = schema().type_map.get(name)
        if real is None:
            found.append(f"{name} is not GitHub's")
            continue
        for field, ours in getattr(kind, "fields", {}).items():
            theirs = getattr(real, "fields", {}).get(field)
            if theirs is None or str(theirs.type) != str(ours.type):
                found.append(f"{name}.{field}: {ours.type}, but GitHub has {theirs and theirs.type}")
                continue
            for argument, mine in getattr(ours, "args", {}).items():
                other = theirs.args.get(argument)
                if other is None or str(other.type) != str(mine.type):
                    found.append(
                        f"{name}.{field}({argument}): {mine.type}, but GitHub has {other and other.type}"
                    )
        if isinstance(kind, GraphQLObjectType):
            extra = {one.name for one in kind.interfaces} - {
                one.name for one in getattr(real, "interfaces", ())
            }
            found += [f"{name} implements {one}, but GitHub's does not" for one in extra]
        values = getattr(kind, "values", None)
        if values is not None and set(values) != set(getattr(real, "values", ())):
            found.append(f"{name} has other values than GitHub's")
    return found
