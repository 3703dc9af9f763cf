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
from bot.forge.markers import CHECK_NAME, TRAILER, find
from bot.forge.writes import CommitFix, CompleteCheck, PostReview, ReviewComment, StartCheck, UpdateComment

RUNNING = {
    "title": "Review is running",
    "summary": "The changed lines are read, and every suspicion is put to the test before anything is said.",
}
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


def start_check(target: Target, write: StartCheck) -> str:
    """The check run's address."""
    run = _find_check(target, write.head_sha, write.external_id)
    if run is None:
        run = target.api.call("POST", f"{target.path}/check-runs", _new_check(write) | {"output": RUNNING})
    with understood("a check run"):
        return str(run["html_url"])


def complete_check(target: Target, write: CompleteCheck) -> str:
    """The check run's address. GitHub appends annotations, so they are sent only where there are none."""
    run = _find_check(target, write.head_sha, write.external_id)
    if run is None and write.conclusion == "cancelled":
        return "there was no check run to cancel"
    output: dict[str, Any] = {"title": write.title, "summary": write.summary}
    if write.text:
        output["text"] = write.text
    with understood("a check run"):
        if write.annotations and not (run and run["output"]["annotations_count"]):
            output["annotations"] = [
                {
                    "path": one.path,
                    "start_line": one.start_line,
                    "end_line": one.end_line,
                    "annotation_level": one.level,
                    "title": one.title,
                    "message": one.message,
                }
                for one in write.annotations
            ]
        done = {"status": "completed", "conclusion": write.conclusion, "output": output}
        if run is None:
            made = target.api.call("POST", f"{target.path}/check-runs", _new_check(write) | done)
        else:
            made = target.api.call("PATCH", f"{target.path}/check-runs/{run['id']}", done)
        return str(made["html_url"])


def _new_check(write: StartCheck | CompleteCheck) -> dict[str, Any]:
    return {
        "name": CHECK_NAME,
        "head_sha": write.head_sha,
        "external_id": write.external_id,
        "status": "in_progress",
    }


def _find_check(target: Target, head_sha: str, external_id: str) -> Any:
    asked = {"check_name": CHECK_NAME, "filter": "all"}
    runs = target.api.pages(f"{target.path}/commits/{head_sha}/check-runs", asked, within="check_runs")
    return next((run for run in runs if run["external_id"] == external_id), None)


def commit_fix(target: Target, write: CommitFix) -> str:
    """The commit's address. Raises RefusedError when the branch holds something else, or rules protect it."""
    ref = {"ref": f"refs/heads/{write.branch}", "sha": write.base_sha}
    try:
        target.api.call("POST", f"{target.path}/git/refs", ref)
    except RefusedError as exc:
        if "already exists" not in str(exc):
            raise
        if found := _found_commit(target, write):
            return found
    try:
        answer = target.api.graphql(query("commit_on_branch"), {"input": _commit_input(target, write)})
    except ForgeUnavailable:
        raise
    except ForgeError:
        if found := _found_commit(target, write):
            return found  # an earlier call whose answer was lost had made it
        _remove_empty_branch(target, write)
        raise
    with understood("the fix commit"):
        return str(answer["createCommitOnBranch"]["commit"]["url"])


def _commit_input(target: Target, write: CommitFix) -> dict[str, Any]:
    return {
        "branch": {"repositoryNameWithOwner": target.repository, "branchName": write.branch},
        "expectedHeadOid": write.base_sha,
        "message": {"headline": write.subject, "body": write.body},
        "fileChanges": {
            "additions": [
                {"path": one.path, "contents": base64.b64encode(one.content).decode()} for one in write.files
            ]
        },
    }


def _found_commit(target: Target, write: CommitFix) -> str:
    """The address of our commit on the branch; empty when the branch is still at the head."""
    tip = _tip(target, write)
    if tip == write.base_sha:
        return ""
    commit = target.api.call("GET", f"{target.path}/git/commits/{tip}")
    with understood("a commit"):
        parents = [one["sha"] for one in commit["parents"]]
        if parents != [write.base_sha] or f"{TRAILER}: {write.fingerprint}" not in commit["message"]:
            raise RefusedError(f"The branch {write.branch} holds something that is not our fix.", 422)
        return str(commit["html_url"])


def _tip(target: Target, write: CommitFix) -> str:
    answer = target.api.call("GET", f"{target.path}/git/ref/heads/{write.branch}")
    with understood("a branch"):
        return str(answer["object"]["sha"])


def _remove_empty_branch(target: Target, write: CommitFix) -> None:
    if _tip(target, write) == write.base_sha:
        target.api.call("DELETE", f"{target.path}/git/refs/heads/{write.branch}")


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
    marker = find(write.body)
    standing = _at_head(target, write)
    for there, url in standing.reviews:
        if there == marker:
            return url
    own = {one.fingerprint for one in standing.state.own_comments}
    new = [one for one in write.comments if one.fingerprint not in own]
    try:
        return _post(target, write.head_sha, write.body, [_anchored(one) for one in new])
    except RefusedError as exc:
        if exc.status != 422:
            raise
        _at_head(target, write)
        refused = [one for one in new if not _placed(target, write, one)]
        return _post(target, write.head_sha, _with(write.body, refused), [])


def _at_head(target: Target, write: PostReview) -> Standing:
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
    """The review's body with the comments for which GitHub has no line, as many whole ones as fit."""
    for one in refused:
        part = f"\n\n---\n\nLine {one.line}:\n\n{one.body.partition(chr(10))[2]}"
        if len(body) + len(part) <= MOST_BODY:
            body += part
    return body
