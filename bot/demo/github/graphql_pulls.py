"""GraphQL's view of repositories, pull requests and the conversation on them; and `Query` itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.demo.github import git
from bot.demo.github.calls import Call
from bot.demo.github.graphql_nodes import (
    actor,
    check_run,
    commit,
    connection,
    ensure,
    failed,
    find_object,
    find_ref,
    refs,
)
from bot.demo.github.records import (
    CheckRun,
    Comment,
    IssueComment,
    Json,
    PullRequest,
    Repository,
    Review,
    Thread,
    node_id,
)
from bot.demo.github.shapes import stamp


def root(call: Call) -> Json:
    """The fields of `Query`."""
    return {
        "repository": lambda _, owner, name, **__: _find_repository(call, f"{owner}/{name}"),
        "node": lambda _, id: any_node(call, call.state.node(id)),  # noqa: A006 - GraphQL's own name
        "rateLimit": lambda _, **__: _rate_limit(call),
        "viewer": lambda _: actor(call, call.author),
    }


def _find_repository(call: Call, name: str) -> Json | None:
    found = call.state.repository(name)
    hidden = found is not None and found.private and not call.caller.sees(found, call.state)
    if found is None or hidden:
        raise failed("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
    return repository(call, found)


def any_node(call: Call, record: object | None) -> Json | None:
    """The node of a record of whatever kind. Raises GraphQLError (NOT_FOUND)."""
    shapes: tuple[tuple[type, Callable[[Call, Any], Json]], ...] = (
        (PullRequest, pull_request),
        (Review, review),
        (Comment, comment),
        (Thread, thread),
        (IssueComment, issue_comment),
        (CheckRun, check_run),
        (Repository, repository),
    )
    for kind, shape in shapes:
        if isinstance(record, kind):
            return shape(call, record)
    raise failed("NOT_FOUND", "Could not resolve to a node with the global id.")


def _rate_limit(call: Call) -> Json:
    used, limit = (call.caller.token.used if call.caller.token else 0), call.state.rate_limit
    facts = {"cost": 1, "limit": limit, "nodeCount": 1, "remaining": limit - used, "used": used}
    return facts | {"resetAt": stamp(call.state.now())}


def repository(call: Call, home: Repository) -> Json:
    """Repository."""

    def pull(_: object, number: int) -> Json:
        ensure(call, home, "pull_requests:read")
        found = call.state.pull(home, number)
        if found is None:
            raise failed("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
        return pull_request(call, found)

    return {
        "__typename": "Repository",
        "id": node_id("R", home.id),
        "databaseId": home.id,
        "isPrivate": home.private,
        "name": home.name,
        "nameWithOwner": home.full_name,
        "url": f"{call.state.url}/{home.full_name}",
        "defaultBranchRef": lambda _: find_ref(call, home, f"refs/heads/{home.default_branch}"),
        "object": lambda _, **asked: find_object(call, home, **asked),
        "pullRequest": pull,
        "ref": lambda _, qualifiedName: find_ref(call, home, qualifiedName),  # noqa: N803 - GraphQL's own name
        "refs": lambda info, **asked: refs(call, home, info, **asked),
    }


def pull_request(call: Call, one: PullRequest) -> Json:
    """PullRequest."""
    home = one.repository
    comments = [each for each in call.state.issue_comments if each.pull is one]
    threads = [each for each in call.state.threads if each.comments[0].pull is one]
    head_home = one.head_repository
    return {
        "__typename": "PullRequest",
        "id": node_id("PR", one.id),
        "databaseId": one.id,
        "number": one.number,
        "title": one.title,
        "body": one.body,
        "author": actor(call, one.author),
        "state": "MERGED" if one.merged_at else one.state.upper(),
        "closed": one.closed_at is not None,
        "merged": one.merged_at is not None,
        "isDraft": one.draft,
        "isCrossRepository": head_home is not home,
        "baseRefName": one.base_ref,
        "baseRefOid": one.base_sha,
        "headRefName": one.head_ref,
        "headRefOid": one.head_sha,
        "headRepository": repository(call, head_home) if head_home else None,
        "url": f"{call.state.url}/{home.full_name}/pull/{one.number}",
        "reviews": lambda info, **asked: _reviews(call, one, info, **asked),
        "comments": connection("comments", comments, lambda each: issue_comment(call, each)),
        "reviewThreads": connection("reviewThreads", threads, lambda each: thread(call, each)),
        "commits": lambda info, **asked: _commits(call, one, info, **asked),
    }


def _reviews(
    call: Call,
    one: PullRequest,
    info: object,
    states: list[str] | None = None,
    author: str = "",
    **asked: Any,
) -> Json:
    """Submitted reviews, and the caller's own pending one."""
    here = [
        each
        for each in call.state.reviews
        if each.pull is one
        and (each.state != "PENDING" or each.author is call.author)
        and (not states or each.state in states)
        and author in {"", each.author.login, each.author.login.removesuffix("[bot]")}
    ]
    return connection("reviews", here, lambda each: review(call, each))(info, **asked)


def _commits(call: Call, one: PullRequest, info: object, **asked: Any) -> Json:
    shas = git.commits(one.repository.path, one.base_sha, one.head_sha)
    return connection("commits", shas, lambda sha: {"commit": commit(call, one.repository, sha)})(
        info, **asked
    )


def _said(call: Call, kind: str, one: Review | Comment | IssueComment, anchor: str) -> Json:
    """What all that people say has in common."""
    home = one.pull.repository
    return {
        "id": node_id(kind, one.id),
        "databaseId": one.id,
        "fullDatabaseId": str(one.id),
        "author": actor(call, one.author),
        "body": one.body,
        "url": f"{call.state.url}/{home.full_name}/pull/{one.pull.number}#{anchor}{one.id}",
        "isMinimized": bool(one.minimized),
        "minimizedReason": one.minimized.lower() or None,
        "viewerDidAuthor": one.author is call.author,
    }


def review(call: Call, one: Review) -> Json:
    """PullRequestReview."""
    comments = [each for each in call.state.comments if each.review is one]
    return _said(call, "PRR", one, "pullrequestreview-") | {
        "__typename": "PullRequestReview",
        "state": one.state,
        "submittedAt": stamp(one.submitted_at),
        "commit": lambda _: commit(call, one.pull.repository, one.commit_sha),
        "comments": connection("comments", comments, lambda each: comment(call, each)),
    }


def comment(call: Call, one: Comment) -> Json:
    """PullRequestReviewComment."""
    return _said(call, "PRRC", one, "discussion_r") | {
        "__typename": "PullRequestReviewComment",
        "commit": lambda _: commit(call, one.pull.repository, one.commit_sha),
        "diffHunk": one.diff_hunk,
        "path": one.anchor.path,
        "line": one.anchor.line,
        "startLine": one.anchor.start_line,
        "outdated": not one.on_file and one.anchor.line is None,
    }


def issue_comment(call: Call, one: IssueComment) -> Json:
    """IssueComment."""
    return _said(call, "IC", one, "issuecomment-") | {"__typename": "IssueComment"}


def thread(call: Call, one: Thread) -> Json:
    """PullRequestReviewThread."""
    first = one.comments[0]
    return {
        "__typename": "PullRequestReviewThread",
        "id": node_id("PRRT", one.id),
        "isResolved": one.resolved_by is not None,
        "isOutdated": one.outdated,
        "resolvedBy": actor(call, one.resolved_by) if one.resolved_by else None,
        "path": first.anchor.path,
        "diffSide": first.original.side,
        "line": first.anchor.line,
        "startLine": first.anchor.start_line,
        "originalLine": first.original.line,
        "originalStartLine": first.original.start_line,
        "subjectType": "FILE" if first.on_file else "LINE",
        "viewerCanResolve": call.caller.may("contents", "write"),
        "comments": connection("comments", one.comments, lambda each: comment(call, each)),
    }
