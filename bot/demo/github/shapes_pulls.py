"""Pull requests, reviews, comments and check runs as the REST API and webhooks write them."""

from __future__ import annotations

import zlib
from urllib.parse import quote

from bot.demo.github import diffs, git
from bot.demo.github.diffs import FileDiff
from bot.demo.github.records import (
    Account,
    CheckRun,
    CheckSuite,
    Comment,
    IssueComment,
    Json,
    PullRequest,
    Repository,
    Review,
    node_id,
)
from bot.demo.github.shapes import account, app, minimal_repository, repository, stamp
from bot.demo.github.state import GitHub


def association(one: PullRequest | Repository, who: Account) -> str:
    """How an account stands to the repository."""
    home = one.repository if isinstance(one, PullRequest) else one
    if who is home.owner:
        return "OWNER"
    return "NONE" if who.kind == "Bot" else "CONTRIBUTOR"


def pull_diff(pull: PullRequest) -> tuple[FileDiff, ...]:
    """The pull request's changed files, from its merge base with the target to its head."""
    path = pull.repository.path
    base = git.merge_base(path, pull.base_sha, pull.head_sha) or pull.base_sha
    return diffs.compare(path, base, pull.head_sha)


def _side(state: GitHub, owner: Account, home: Repository | None, ref: str, sha: str) -> Json:
    return {
        "label": f"{owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": account(state, owner),
        "repo": repository(state, home) if home else None,
    }


def _links(state: GitHub, one: PullRequest) -> Json:
    """Every address of a pull request."""
    api, page = f"{state.api}/repos/{one.repository.full_name}", f"{state.url}/{one.repository.full_name}"
    url, html_url = f"{api}/pulls/{one.number}", f"{page}/pull/{one.number}"
    issue_url = f"{api}/issues/{one.number}"
    links = {
        "comments_url": f"{issue_url}/comments",
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{api}/pulls/comments{{/number}}",
        "statuses_url": f"{api}/statuses/{one.head_sha}",
    }
    short = {name.removesuffix("_url"): {"href": address} for name, address in links.items()}
    return {
        "url": url,
        "html_url": html_url,
        "diff_url": f"{html_url}.diff",
        "patch_url": f"{html_url}.patch",
        "issue_url": issue_url,
        **links,
        "_links": short | {"self": {"href": url}, "html": {"href": html_url}, "issue": {"href": issue_url}},
    }


def _label(state: GitHub, home: Repository, name: str) -> Json:
    number = 1 + zlib.crc32(name.encode())
    url = f"{state.api}/repos/{home.full_name}/labels/{quote(name)}"
    told = {"id": number, "node_id": node_id("LA", number), "url": url, "name": name}
    return told | {"description": None, "color": "ededed", "default": False}


def simple_pull(state: GitHub, one: PullRequest) -> Json:
    """pull-request-simple."""
    return {
        "id": one.id,
        "node_id": node_id("PR", one.id),
        **_links(state, one),
        **dict.fromkeys(("assignee", "milestone", "auto_merge", "active_lock_reason", "merge_commit_sha")),
        "number": one.number,
        "state": one.state,
        "locked": False,
        "title": one.title,
        "user": account(state, one.author),
        "body": one.body or None,
        "labels": [_label(state, one.repository, name) for name in one.labels],
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "closed_at": stamp(one.closed_at),
        "merged_at": stamp(one.merged_at),
        "head": _side(state, one.head_owner, one.head_repository, one.head_ref, one.head_sha),
        "base": _side(state, one.repository.owner, one.repository, one.base_ref, one.base_sha),
        "author_association": association(one, one.author),
        "draft": one.draft,
    }


def pull(state: GitHub, one: PullRequest) -> Json:
    """pull-request. Whether it can be merged is unknown the first time anybody asks."""
    files = pull_diff(one)
    reviews = [comment for comment in state.comments if comment.pull is one]
    looked, one.looked_at = one.looked_at, True
    return simple_pull(state, one) | {
        "merged": one.merged_at is not None,
        "mergeable": (True if one.state == "open" else None) if looked else None,
        "rebaseable": True if looked else None,
        "mergeable_state": "clean" if looked else "unknown",
        "merged_by": None,
        "comments": sum(comment.pull is one for comment in state.issue_comments),
        "review_comments": len(reviews),
        "maintainer_can_modify": False,
        "commits": len(git.commits(one.repository.path, one.base_sha, one.head_sha)),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }


def file(state: GitHub, home: Repository, head_sha: str, one: FileDiff) -> Json:
    """diff-entry."""
    page, path = f"{state.url}/{home.full_name}", quote(one.path)
    shaped: Json = {
        "sha": one.sha,
        "filename": one.path,
        "status": one.status,
        "additions": one.additions,
        "deletions": one.deletions,
        "changes": one.additions + one.deletions,
        "blob_url": f"{page}/blob/{head_sha}/{path}",
        "raw_url": f"{page}/raw/{head_sha}/{path}",
        "contents_url": f"{state.api}/repos/{home.full_name}/contents/{path}?ref={head_sha}",
    }
    if one.patch is not None:
        shaped["patch"] = one.patch
    if one.previous_path is not None:
        shaped["previous_filename"] = one.previous_path
    return shaped


def _pull_urls(state: GitHub, one: PullRequest) -> tuple[str, str]:
    name = one.repository.full_name
    return f"{state.api}/repos/{name}/pulls/{one.number}", f"{state.url}/{name}/pull/{one.number}"


def review(state: GitHub, one: Review) -> Json:
    """pull-request-review."""
    url, page = _pull_urls(state, one.pull)
    html_url = f"{page}#pullrequestreview-{one.id}"
    shaped = {
        "id": one.id,
        "node_id": node_id("PRR", one.id),
        "user": account(state, one.author),
        "body": one.body,
        "state": one.state,
        "html_url": html_url,
        "pull_request_url": url,
        "author_association": association(one.pull, one.author),
        "_links": {"html": {"href": html_url}, "pull_request": {"href": url}},
        "commit_id": one.commit_sha,
    }
    return shaped | ({"submitted_at": stamp(one.submitted_at)} if one.submitted_at else {})


def comment(state: GitHub, one: Comment) -> Json:
    """pull-request-review-comment."""
    pull_url, page = _pull_urls(state, one.pull)
    url = f"{state.api}/repos/{one.pull.repository.full_name}/pulls/comments/{one.id}"
    html_url = f"{page}#discussion_r{one.id}"
    shaped: Json = {
        "id": one.id,
        "node_id": node_id("PRRC", one.id),
        "url": url,
        "html_url": html_url,
        "pull_request_url": pull_url,
        "_links": {"self": {"href": url}, "html": {"href": html_url}, "pull_request": {"href": pull_url}},
        "pull_request_review_id": one.review.id,
        "user": account(state, one.author),
        "author_association": association(one.pull, one.author),
        "body": one.body,
        "path": one.original.path,
        "diff_hunk": one.diff_hunk,
        "commit_id": one.commit_sha,
        "original_commit_id": one.original_commit_sha,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "subject_type": "file" if one.on_file else "line",
        "side": one.original.side,
        "start_side": one.original.start_side,
        "line": one.anchor.line,
        "start_line": one.anchor.start_line,
        "original_line": one.original.line,
        "original_start_line": one.original.start_line,
        "position": one.position,
        "original_position": one.original_position,
    }
    return shaped | ({"in_reply_to_id": one.reply_to.id} if one.reply_to else {})


def issue_comment(state: GitHub, one: IssueComment) -> Json:
    """issue-comment."""
    _, page = _pull_urls(state, one.pull)
    api = f"{state.api}/repos/{one.pull.repository.full_name}/issues"
    return {
        "id": one.id,
        "node_id": node_id("IC", one.id),
        "url": f"{api}/comments/{one.id}",
        "html_url": f"{page}#issuecomment-{one.id}",
        "issue_url": f"{api}/{one.pull.number}",
        "user": account(state, one.author),
        "author_association": association(one.pull, one.author),
        "body": one.body,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "performed_via_github_app": app(state, one.app) if one.app else None,
    }


def reaction(state: GitHub, number: int, who: Account, content: str) -> Json:
    """reaction."""
    shaped = {"id": number, "node_id": node_id("REA", number), "content": content}
    return shaped | {"user": account(state, who), "created_at": stamp(state.now())}


def check_run(state: GitHub, one: CheckRun) -> Json:
    """check-run."""
    home = one.suite.repository
    url = f"{state.api}/repos/{home.full_name}/check-runs/{one.id}"
    return {
        "id": one.id,
        "node_id": node_id("CR", one.id),
        "head_sha": one.suite.head_sha,
        "name": one.name,
        "external_id": one.external_id,
        "url": url,
        "html_url": f"{state.url}/{home.full_name}/runs/{one.id}",
        "details_url": one.details_url,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": stamp(one.started_at),
        "completed_at": stamp(one.completed_at),
        "output": {
            "title": one.title,
            "summary": one.summary,
            "text": one.text,
            "annotations_count": len(one.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": one.suite.id},
        "app": app(state, one.suite.app),
        "pull_requests": pulls_of(state, one.suite),
    }


def pulls_of(state: GitHub, one: CheckSuite) -> list[Json]:
    """The open pull requests of the suite's head; those from forks are not listed."""
    found = []
    for pull_request in state.pulls:
        same = pull_request.repository is one.repository and pull_request.head_repository is one.repository
        if same and pull_request.head_sha == one.head_sha and pull_request.state == "open":
            home = minimal_repository(state, one.repository)
            repo = {name: home[name] for name in ("id", "url", "name")}
            found.append(
                {
                    "id": pull_request.id,
                    "number": pull_request.number,
                    "url": f"{home['url']}/pulls/{pull_request.number}",
                    "head": {"ref": pull_request.head_ref, "sha": pull_request.head_sha, "repo": repo},
                    "base": {"ref": pull_request.base_ref, "sha": pull_request.base_sha, "repo": repo},
                }
            )
    return found
