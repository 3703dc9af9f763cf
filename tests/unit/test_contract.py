"""The stand-in is held against GitHub's own descriptions, and so is everything we send it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from bot.demo.github import app as served
from bot.demo.github.graphql import schema as our_schema
from tests.contracts import graphql, openapi
from tests.contracts.fetch import GRAPHQL, OPENAPI
from tests.fakes.github import ContractBrokenError, GitHubServer

QUERIES = Path(__file__).parents[2] / "bot" / "forge" / "queries"
needs_openapi = pytest.mark.skipif(not OPENAPI.file.exists(), reason=f"{OPENAPI.file.name} was not fetched")
needs_graphql = pytest.mark.skipif(not GRAPHQL.file.exists(), reason=f"{GRAPHQL.file.name} was not fetched")

REVIEWS = "/repos/acme/shop/pulls/1/reviews"
CHECKS = "/repos/acme/shop/check-runs"


def request(method: str, path: str, body: object = None, query: str = "") -> list[str]:
    data = b"" if body is None else json.dumps(body).encode()
    return openapi.check_request(method, path, query, data)


@needs_openapi
@pytest.mark.parametrize("route", served.ROUTES, ids=lambda one: f"{one.method} {one.template}")
def test_every_route_of_the_stand_in_is_documented(route: served.Route):
    """The stand-in serves nothing that GitHub does not have."""
    path = (
        route.template.replace("<int:number>", "7").replace("<int:id>", "7").replace("<path:range>", "a...b")
    )
    path = path.replace("<path:ref>", "heads/feat/x").replace("<path:", "<").replace("<", "").replace(">", "")

    assert openapi.description().find(route.method, path) is not None


@needs_openapi
@pytest.mark.parametrize(
    "path",
    [
        "/repos/o/r/git/ref/heads/feat/x",
        "/repos/o/r/contents/a/b.py",
        "/repos/o/r/compare/main...feat/x",
        "/repos/o/r/commits/feat/x/check-runs",
        "/repositories/5",
    ],
)
def test_paths_with_slashes_are_found(path: str):
    """A ref, a file's path or a range may hold slashes."""
    assert request("GET", path.replace("/repositories/5", "/repos/o/r")) == []


@needs_openapi
def test_good_requests_pass():
    """What GitHub documents raises no complaint."""
    comment = {
        "path": "a.py",
        "body": "x",
        "line": 2,
        "side": "RIGHT",
        "start_line": 1,
        "start_side": "RIGHT",
    }
    run = {"name": "Suture", "head_sha": "a" * 40, "status": "completed", "conclusion": "neutral"}

    assert request("POST", REVIEWS, {"event": "COMMENT", "body": "x", "comments": [comment]}) == []
    assert request("POST", CHECKS, {**run, "output": {"title": "t", "summary": "s"}}) == []
    assert request("GET", "/repos/acme/shop/pulls/1/files", query="per_page=100&page=2") == []


@needs_openapi
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (REVIEWS, {"event": "COMMENTED"}),
        (REVIEWS, {"comments": [{"path": "a", "body": "x", "line": "2"}]}),
        (REVIEWS, {"comments": [{"path": "a", "body": "x", "startLine": 2}]}),
        (REVIEWS, {"comments": [{"path": "a", "body": "x", "side": "right"}]}),
        (CHECKS, {"name": "x"}),
        (CHECKS, {"name": "x", "head_sha": "a", "actions": [{"label": "a", "description": "b", "id": "c"}]}),
        (CHECKS, {"name": "x", "head_sha": "a", "output": {"title": "t", "summary": "s" * 70_000}}),
        (
            CHECKS,
            {
                "name": "x",
                "head_sha": "a",
                "actions": [{"label": "l" * 21, "description": "d", "identifier": "i"}],
            },
        ),
        ("/repos/acme/shop/pulls/1/revews", {}),
    ],
)
def test_bad_requests_are_caught(path: str, body: object):
    """A wrong word, type, key, length or path is caught whatever the stand-in thinks of it."""
    assert request("POST", path, body)


@needs_openapi
@pytest.mark.parametrize("query", ["per_page=101", "per-page=5", "page=two"])
def test_bad_query_parameters_are_caught(query: str):
    """A query parameter that is unknown, of another type, or out of bounds is caught."""
    assert request("GET", "/repos/acme/shop/pulls/1/files", query=query)


@needs_graphql
def test_our_schema_is_a_part_of_githubs():
    """Whatever the stand-in's schema has, GitHub's has with the same type, arguments and values."""
    assert graphql.differences(our_schema()) == []


@needs_graphql
@pytest.mark.parametrize("path", sorted(QUERIES.glob("*.graphql")), ids=lambda one: one.stem)
def test_our_queries_are_githubs(path: Path):
    """Every query we send is valid at GitHub."""
    assert graphql.check_text(path.read_text()) == []


@needs_graphql
def test_wrong_queries_and_variables_are_caught():
    """A field or a variable that GitHub does not know is caught."""
    wrong = 'query($n: Int!) { repository(owner: "a", name: "b") { pullRequest(number: $n) { heads } } }'
    right = wrong.replace("heads", "headRefOid")

    assert graphql.check_text(wrong)
    assert graphql.check_text(right, {"n": "one"})
    assert graphql.check_text(right, {"n": 1}) == []


def test_an_unknown_call_fails_the_test_that_made_it(tmp_path: Path):
    """The fake fails on what it does not know, at the end of the test."""
    server = GitHubServer(tmp_path).start()
    with pytest.raises(urllib.error.HTTPError) as answered:
        urllib.request.urlopen(f"{server.state.api}/repos/a/b/unheard-of")
    answered.value.close()

    with pytest.raises(ContractBrokenError, match="unknown call: GET /repos/a/b/unheard-of"):
        server.__exit__(None, None, None)
