"""GraphQL's view of git and checks: mappings whose values are computed when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from graphql import GraphQLError

from bot.demo.github import git
from bot.demo.github.calls import Call
from bot.demo.github.records import Account, CheckRun, CheckSuite, Json, Repository, node_id
from bot.demo.github.shapes import stamp


def failed(kind: str, message: str) -> GraphQLError:
    """An error with GitHub's type for it."""
    return GraphQLError(message, extensions={"type": kind})


def ensure(call: Call, home: Repository, *needs: str) -> None:
    """Raises GraphQLError (FORBIDDEN) unless the token has all of these permissions on the repository."""
    for need in needs:
        permission, _, level = need.partition(":")
        if not call.caller.sees(home, call.state) or not call.caller.may(permission, level):
            raise failed("FORBIDDEN", "Resource not accessible by integration")


def connection(name: str, items: Sequence[Any], shape: Callable[[Any], Json]) -> Callable[..., Json]:
    """A paginated field; as at GitHub, `first` or `last` must be given and be from 1 to 100."""

    def resolve(
        _: object, first: int | None = None, last: int | None = None, after: str | None = None, **__: object
    ) -> Json:
        bound = first if first is not None else last
        if bound is None:
            text = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
            raise failed("MISSING_PAGINATION_BOUNDARIES", text)
        if not 1 <= bound <= 100:
            text = f"Requesting {bound} records on `{name}` exceeds the `first` limit of 100 records."
            raise failed("EXCESSIVE_PAGINATION", text)
        start = int(after) if after else 0
        stop = min(start + bound, len(items)) if first is not None else len(items)
        start = start if first is not None else max(start, stop - bound)
        return {
            "nodes": [shape(one) for one in items[start:stop]],
            "totalCount": len(items),
            "pageInfo": {
                "endCursor": str(stop) if stop > start else None,
                "startCursor": str(start) if stop > start else None,
                "hasNextPage": stop < len(items),
                "hasPreviousPage": start > 0,
            },
        }

    return resolve


def actor(call: Call, who: Account) -> Json:
    """Actor. A bot's login is written without "[bot]" here, unlike in REST."""
    return {
        "__typename": who.kind,
        "id": node_id("U", who.id),
        "databaseId": who.id,
        "login": who.login.removesuffix("[bot]"),
        "url": f"{call.state.url}/{quote(who.login)}",
    }


def refs(call: Call, home: Repository, info: object, refPrefix: str, query: str = "", **asked: Any) -> Json:  # noqa: N803 - GraphQL's own name
    """The connection of refs under a prefix whose rest contains `query`."""
    ensure(call, home, "contents:read")
    found = [
        (ref, sha)
        for ref, sha in git.refs(home.path, refPrefix).items()
        if query in ref.removeprefix(refPrefix)
    ]
    return connection("refs", found, lambda one: ref_node(call, home, one[0], one[1], refPrefix))(
        info, **asked
    )


def find_ref(call: Call, home: Repository, name: str) -> Json | None:
    """The ref of this full name (or branch), None where there is none."""
    ensure(call, home, "contents:read")
    full = name if name.startswith("refs/") else f"refs/heads/{name}"
    sha = git.refs(home.path, full).get(full)
    return ref_node(call, home, full, sha) if sha else None


def ref_node(call: Call, home: Repository, ref: str, sha: str, prefix: str = "refs/heads/") -> Json:
    """Ref."""
    return {
        "id": node_id("REF", int(sha[:8], 16)),
        "name": ref.removeprefix(prefix),
        "prefix": prefix,
        "target": lambda _: find_object(call, home, oid=sha),
    }


def find_object(call: Call, home: Repository, oid: str = "", expression: str = "") -> Json | None:
    """The git object of an id or expression, None where there is none."""
    ensure(call, home, "contents:read")
    kind = git.object_type(home.path, oid or expression)
    if kind is None:
        return None
    sha = git.git(home.path, "rev-parse", oid or expression).decode().strip()
    if kind == "commit":
        return commit(call, home, sha)
    shaped: Json = {"__typename": kind.capitalize(), "id": f"G_{sha}", "oid": sha, "abbreviatedOid": sha[:7]}
    if kind == "blob":
        content = git.git(home.path, "cat-file", "blob", sha)
        binary = b"\0" in content
        text = None if binary else content.decode(errors="replace")
        shaped |= {"byteSize": len(content), "isBinary": binary, "text": text}
    return shaped


def commit(call: Call, home: Repository, sha: str) -> Json:
    """Commit."""
    found = git.read_commit(home.path, sha)
    signed = {"__typename": "GpgSignature", "isValid": True, "wasSignedByGitHub": True}

    def suites(info: object, filterBy: Json | None = None, **asked: Any) -> Json:  # noqa: N803 - GraphQL's own name
        ensure(call, home, "checks:read")
        app_id = (filterBy or {}).get("appId")
        here = [one for one in call.state.check_suites if one.repository is home and one.head_sha == sha]
        here = [one for one in here if app_id in {None, one.app.id}]
        return connection("checkSuites", here, lambda one: check_suite(call, one))(info, **asked)

    return {
        "__typename": "Commit",
        "id": f"C_{sha}",
        "oid": sha,
        "abbreviatedOid": sha[:7],
        "url": f"{call.state.url}/{home.full_name}/commit/{sha}",
        "message": found.message,
        "messageHeadline": found.message.partition("\n")[0],
        "author": {"name": found.author.name, "email": found.author.email},
        "committer": {"name": found.committer.name, "email": found.committer.email},
        "committedDate": stamp(found.committer.when),
        "signature": signed if sha in home.verified else None,
        "parents": connection("parents", found.parents, lambda one: commit(call, home, one)),
        "checkSuites": suites,
    }


def check_suite(call: Call, one: CheckSuite) -> Json:
    """CheckSuite."""

    def runs(info: object, filterBy: Json | None = None, **asked: Any) -> Json:  # noqa: N803 - GraphQL's own name
        wanted = filterBy or {}
        here = [run for run in call.state.check_runs if run.suite is one]
        here = [run for run in here if wanted.get("checkName") in {None, run.name}]
        if wanted.get("checkType", "LATEST") == "LATEST":
            here = list({run.name: run for run in here}.values())
        return connection("checkRuns", here, lambda run: check_run(call, run))(info, **asked)

    app = {
        "id": node_id("A", one.app.id),
        "databaseId": one.app.id,
        "slug": one.app.slug,
        "name": one.app.slug,
    }
    return {"id": node_id("CS", one.id), "databaseId": one.id, "app": app, "checkRuns": runs}


def check_run(call: Call, one: CheckRun) -> Json:
    """CheckRun."""
    url = f"{call.state.url}/{one.suite.repository.full_name}/runs/{one.id}"
    return {
        "__typename": "CheckRun",
        "id": node_id("CR", one.id),
        "databaseId": one.id,
        "name": one.name,
        "externalId": one.external_id,
        "status": one.status.upper(),
        "conclusion": one.conclusion.upper() if one.conclusion else None,
        "startedAt": stamp(one.started_at),
        "completedAt": stamp(one.completed_at),
        "detailsUrl": one.details_url,
        "permalink": url,
        "url": url,
        "title": one.title,
        "summary": one.summary,
        "text": one.text,
    }
