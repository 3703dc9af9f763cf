"""GraphQL: the queries and mutations that REST has no answer for, over the stand-in's own small schema."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from graphql import GraphQLError, GraphQLSchema, build_schema, graphql_sync

from bot.demo.github import graphql_mutations, graphql_pulls
from bot.demo.github.calls import Answer, ApiError, Call


@cache
def schema() -> GraphQLSchema:
    """The schema of `schema.graphql`."""
    return build_schema(resources.files("bot.demo.github").joinpath("schema.graphql").read_text("utf-8"))


def answer_query(call: Call) -> Answer:
    """What GitHub answers to a POST on /graphql: 200 with `data`, `errors`, or both."""
    unknown = set(call.json) - {"query", "variables", "operationName"}
    if unknown:
        raise ApiError(400, f"Unknown keys: {', '.join(sorted(unknown))}")
    query, variables = call.json.get("query"), call.json.get("variables")
    if not isinstance(query, str):
        raise ApiError(400, "A query attribute must be specified and must be a string.")
    root: dict[str, Any] = graphql_pulls.root(call) | graphql_mutations.root(call)
    result = graphql_sync(
        schema(), query, root, variable_values=variables, operation_name=call.json.get("operationName")
    )
    body: dict[str, Any] = {}
    if result.data is not None or not result.errors:
        body["data"] = result.data
    if result.errors:
        body["errors"] = [_shape(one) for one in result.errors]
    return Answer(body)


def _shape(error: GraphQLError) -> dict[str, Any]:
    """An error as GitHub writes it: its type beside the message, not under extensions."""
    shaped: dict[str, Any] = {"message": error.message}
    if error.path:
        shaped["path"] = list(error.path)
    if error.locations:
        shaped["locations"] = [{"line": one.line, "column": one.column} for one in error.locations]
    kind = (error.extensions or {}).get("type")
    return {"type": kind, **shaped} if kind else shaped
