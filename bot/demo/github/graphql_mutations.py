"""GraphQL mutations: a signed commit on a branch, threads resolved, comments minimised."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from graphql import GraphQLError

from bot.demo.github import git
from bot.demo.github.calls import ApiError, Call
from bot.demo.github.events import after_push
from bot.demo.github.graphql_nodes import commit, ensure, failed, ref_node
from bot.demo.github.graphql_pulls import any_node, thread
from bot.demo.github.records import Comment, IssueComment, Json, Repository, Review, Thread
from bot.demo.github.rest_git import create_ref

_SIGNER = ("GitHub", "noreply@github.com")


def root(call: Call) -> Json:
    """The fields of `Mutation`."""
    return {
        "createCommitOnBranch": lambda _, input: _create_commit(call, input),  # noqa: A006 - GraphQL's own name
        "createRef": lambda _, input: _create_ref(call, input),  # noqa: A006 - likewise
        "resolveReviewThread": lambda _, input: _resolve(call, input, resolved=True),  # noqa: A006 - likewise
        "unresolveReviewThread": lambda _, input: _resolve(call, input, resolved=False),  # noqa: A006 - likewise
        "minimizeComment": lambda _, input: _minimize(call, input),  # noqa: A006 - likewise
    }


def _create_ref(call: Call, asked: Json) -> Json:
    """Of a commit that is there, under a name that is free."""
    home, sha = call.state.node(asked["repositoryId"]), asked["oid"]
    if not isinstance(home, Repository) or (home.private and not call.caller.sees(home, call.state)):
        raise failed(
            "NOT_FOUND", f"Could not resolve to a node with the global id of '{asked['repositoryId']}'"
        )
    ensure(call, home, "contents:write")
    if git.object_type(home.path, sha) != "commit":
        raise failed("UNPROCESSABLE", f"Ref cannot be created: {sha} is not a commit of {home.full_name}.")
    if asked["name"] in git.refs(home.path):
        raise failed("UNPROCESSABLE", f'A ref named "{asked["name"]}" already exists in the repository.')
    try:
        ref = create_ref(call, home, asked["name"], sha)
    except ApiError as error:
        raise failed("UNPROCESSABLE", str(error)) from error
    return {"clientMutationId": asked.get("clientMutationId"), "ref": ref_node(call, home, ref, sha)}


def _create_commit(call: Call, asked: Json) -> Json:
    """By the App's bot, signed by GitHub; nothing is written unless the tip is the expected one."""
    home, ref = _branch(call, asked["branch"])
    changes = asked.get("fileChanges") or {}
    additions = {one["path"]: _decode(one["contents"]) for one in changes.get("additions") or []}
    deletions = [one["path"] for one in changes.get("deletions") or []]
    _check_paths(call, home, [*additions, *deletions])
    tip, expected = git.refs(home.path, ref).get(ref), asked["expectedHeadOid"]
    if tip is None:
        raise failed("NOT_FOUND", f"Branch {ref.removeprefix('refs/heads/')!r} does not exist.")
    if tip != expected:
        raise failed(
            "STALE_DATA", f'Expected branch to point to "{expected}" but it did not. Pull and try again.'
        )
    for name in deletions:
        if git.mode_at(home.path, tip, name) is None:
            raise failed(
                "UNPROCESSABLE",
                f"A path was requested for deletion which does not exist as of commit oid `{tip}`",
            )
    sha = _write_commit(
        call, home, tip, git.edited_tree(home.path, tip, additions, deletions), asked["message"]
    )
    git.update_ref(home.path, ref, sha)
    home.verified.add(sha)
    after_push(call.state, home, ref, tip, sha, call.author)
    return {
        "clientMutationId": asked.get("clientMutationId"),
        "commit": commit(call, home, sha),
        "ref": ref_node(call, home, ref, sha),
    }


def _branch(call: Call, branch: Json) -> tuple[Repository, str]:
    name = branch.get("repositoryNameWithOwner") or ""
    home, ref = call.state.repository(name), branch.get("branchName") or ""
    if home is None or not ref or (home.private and not call.caller.sees(home, call.state)):
        raise failed("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
    ensure(call, home, "contents:write")
    return home, ref if ref.startswith("refs/heads/") else f"refs/heads/{ref}"


def _decode(contents: str) -> bytes:
    try:
        return base64.b64decode(contents, validate=True)
    except binascii.Error:
        raise GraphQLError("Could not coerce value to Base64String") from None


def _check_paths(call: Call, home: Repository, paths: list[str]) -> None:
    for path in paths:
        parts = path.split("/")
        if not all(parts) or {".", "..", ".git"} & {part.lower() for part in parts}:
            raise failed("UNPROCESSABLE", f"A path was requested which is invalid: {path!r}")
        if path.startswith(".github/workflows/") and not call.caller.may("workflows", "write"):
            refusal = f"refusing to allow a GitHub App to create or update workflow `{path}`"
            raise failed("FORBIDDEN", f"{refusal} without `workflows` permission")
    if len(set(paths)) != len(paths):
        raise failed("UNPROCESSABLE", f"A path was given more than once for {home.full_name}")


def _write_commit(call: Call, home: Repository, parent: str, tree: str, message: Json) -> str:
    now = call.state.now()
    author = git.Signature(call.author.login, call.author.email, now)
    headline, body = message["headline"], message.get("body") or ""
    text = f"{headline}\n\n{body}" if body else headline
    return git.commit_tree(home.path, tree, (parent,), text, author, git.Signature(*_SIGNER, now))


def _resolve(call: Call, asked: Json, *, resolved: bool) -> Json:
    """Needs contents:write beside pull_requests:write."""
    found = call.state.node(asked["threadId"])
    if not isinstance(found, Thread):
        raise failed("NOT_FOUND", f"Could not resolve to a node with the global id of '{asked['threadId']}'")
    ensure(call, found.comments[0].pull.repository, "pull_requests:write", "contents:write")
    found.resolved_by = call.author if resolved else None
    return {"clientMutationId": asked.get("clientMutationId"), "thread": thread(call, found)}


def _minimize(call: Call, asked: Json) -> Json:
    found: Any = call.state.node(asked["subjectId"])
    if not isinstance(found, Comment | IssueComment | Review):
        raise failed("NOT_FOUND", f"Could not resolve to a node with the global id of '{asked['subjectId']}'")
    ensure(call, found.pull.repository, "pull_requests:write")
    found.minimized = asked["classifier"]
    return {"clientMutationId": asked.get("clientMutationId"), "minimizedComment": any_node(call, found)}
