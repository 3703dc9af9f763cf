"""Carries out writes so that doing it twice changes nothing: each is found by its natural key or marker."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from bot.errors import ForgeError, ForgeUnavailable, GoneError, Superseded
from bot.forge.answers import Standing, understood
from bot.forge.api import Api, RefusedError
from bot.forge.markers import TRAILER, Marker, find, review_marker
from bot.forge.writes import (
    CommitFix,
    PostReview,
    Reply,
    ReviewComment,
    SetResolved,
    UpdateComment,
)
from bot.metrics import SINGLE_COMMENTS

MOST_BODY = 60_000  # characters; GitHub takes 65,536


@dataclass(frozen=True, slots=True)
class Target:
    """One repository at GitHub, and how to ask what stands on the pull request now."""

    api: Api
    repository: str  # "owner/name"
    number: int
    standing: Callable[[], Standing]

    @property
    def path(self) -> str:
        return f"/repos/{self.repository}"


def query(name: str) -> str:
    """One of our GraphQL texts."""
    return files("bot.forge").joinpath("queries", f"{name}.graphql").read_text(encoding="utf-8")


def commit_fix(target: Target, write: CommitFix) -> str:
    """The commit's address. Raises RefusedError when the branch holds something else, or rules protect it."""
    node = write.repository_node or target.standing().state.repository_node
    asked = {
        "branch": {"repositoryId": node, "name": f"refs/heads/{write.branch}", "oid": write.base_sha},
        "commit": commit_input(target.repository, write.branch, write.base_sha, write),
    }
    try:
        answer = target.api.graphql(query("commit_on_branch"), asked, enough="createCommitOnBranch")
    except ForgeUnavailable:
        raise
    except ForgeError:
        tip = _tip(target, write)
        if tip == write.base_sha:
            target.api.call("DELETE", f"{target.path}/git/refs/heads/{write.branch}")
        elif tip:
            return _own_commit(target, write, tip)  # an earlier call whose answer was lost had made it
        raise
    with understood("the fix commit"):
        return str(answer["createCommitOnBranch"]["commit"]["url"])


def commit_input(repository: str, branch: str, tip: str, write: CommitFix) -> dict[str, Any]:
    """What GitHub's mutation takes: the fix as a commit on this tip of a branch."""
    return {
        "branch": {"repositoryNameWithOwner": repository, "branchName": branch},
        "expectedHeadOid": tip,
        "message": {"headline": write.subject, "body": write.body},
        "fileChanges": {
            "additions": [
                {"path": one.path, "contents": base64.b64encode(one.content).decode()} for one in write.files
            ]
        },
    }


def _own_commit(target: Target, write: CommitFix, tip: str) -> str:
    """The address of our commit at the branch's tip. Raises RefusedError when it is another's."""
    commit = target.api.call("GET", f"{target.path}/git/commits/{tip}")
    with understood("a commit"):
        parents = [one["sha"] for one in commit["parents"]]
        if parents != [write.base_sha] or f"{TRAILER}: {write.fingerprint}" not in commit["message"]:
            raise RefusedError(f"The branch {write.branch} holds something that is not our fix.", 422)
        return str(commit["html_url"])


def _tip(target: Target, write: CommitFix) -> str:
    """Where the branch stands; empty when there is none."""
    try:
        answer = target.api.call("GET", f"{target.path}/git/ref/heads/{write.branch}")
    except GoneError:
        return ""
    with understood("a branch"):
        return str(answer["object"]["sha"])


def update_comment(target: Target, write: UpdateComment) -> str:
    """The comment's address; a comment that somebody deleted stays deleted."""
    try:
        path = f"{target.path}/pulls/comments/{write.comment_id}"
        answer = target.api.call("PATCH", path, {"body": write.body})
    except GoneError:
        return f"comment {write.comment_id} was deleted by somebody"
    with understood("a comment"):
        return str(answer["html_url"])


def post_review(target: Target, write: PostReview) -> str:
    """The review's address. Raises Superseded when the head has moved."""
    standing = at_head(target, write)
    if url := _posted(standing, find(write.body)):
        return url
    own = {one.fingerprint for one in standing.state.own_comments}
    new = [one for one in write.comments if one.fingerprint not in own]
    try:
        return _post(target, write.head_sha, write.body, [_anchored(one) for one in new])
    except RefusedError as exc:
        if exc.status != 422:
            raise
        at_head(target, write)
        SINGLE_COMMENTS.inc()
        refused = [one for one in new if not _placed(target, write, one)]
        return _post_refused(target, write, standing, refused)


def _post_refused(target: Target, write: PostReview, standing: Standing, refused: list[ReviewComment]) -> str:
    """A review whose body holds them. Its marker names them alone: whoever tries these again finds it."""
    if not refused:
        return _post(target, write.head_sha, write.body, [])
    marker = review_marker(write.head_sha, [one.fingerprint for one in refused])
    text = write.body.partition("\n")[2]
    return _posted(standing, marker) or _post(target, write.head_sha, _with(f"{marker}\n{text}", refused), [])


def _posted(standing: Standing, marker: Marker | None) -> str:
    """The address of our review with this marker; empty where there is none."""
    return next((url for there, url in standing.reviews if there == marker), "")


def at_head(target: Target, write: PostReview | Reply | SetResolved) -> Standing:
    """What stands there now. Raises Superseded when the head has moved."""
    standing = target.standing()
    if standing.state.head_sha != write.head_sha:
        raise Superseded(f"The head of #{target.number} is no longer {write.head_sha[:12]}.")
    return standing


def _post(target: Target, head_sha: str, body: str, comments: list[dict[str, Any]]) -> str:
    review = {"commit_id": head_sha, "event": "COMMENT", "body": body, "comments": comments}
    answer = target.api.call("POST", f"{target.path}/pulls/{target.number}/reviews", review)
    with understood("a review"):
        return str(answer["html_url"])


def _anchored(one: ReviewComment) -> dict[str, Any]:
    comment: dict[str, Any] = {"path": one.path, "body": one.body, "line": one.line, "side": "RIGHT"}
    if one.start_line is not None:
        comment |= {"start_line": one.start_line, "start_side": "RIGHT"}
    return comment


def _placed(target: Target, write: PostReview, one: ReviewComment) -> bool:
    try:
        body = _anchored(one) | {"commit_id": write.head_sha}
        target.api.call("POST", f"{target.path}/pulls/{target.number}/comments", body)
    except RefusedError as exc:
        if exc.status != 422:
            raise
        return False
    return True


def _with(body: str, refused: list[ReviewComment]) -> str:
    """The review's body with the comments for which GitHub has no line; headings alone where it is full."""
    parts = [
        (f"\n\n---\n\n{one.place or f'Line {one.line}'}:\n\n", one.body.split("\n", 2)) for one in refused
    ]
    whole = [place + "\n".join(lines[1:]) for place, lines in parts]
    short = [f"{place}{lines[1] if len(lines) > 1 else ''}" for place, lines in parts]
    for at, part in enumerate(whole):
        rest = sum(map(len, short[at + 1 :]))
        body += part if len(body) + len(part) + rest <= MOST_BODY else short[at]
    return body
