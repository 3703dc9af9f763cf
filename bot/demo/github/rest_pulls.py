"""REST: pull requests and the conversation on them."""

from __future__ import annotations

from bot.demo.github import git, shapes, shapes_pulls
from bot.demo.github.calls import Answer, ApiError, Call, Route, bad_request, invalid, not_found, paged
from bot.demo.github.diffs import FileDiff
from bot.demo.github.events import emit_pull
from bot.demo.github.pulls import emit_comment, open_pull_request
from bot.demo.github.records import Comment, IssueComment, PullRequest
from bot.demo.github.rules import check_body

_MAX_COMMITS = 250
_DIFF_FILES = 300
_DIFF_LINES = 20_000


def _get_pull(call: Call) -> Answer:
    wanted = call.headers.get("Accept", "")
    if "diff" in wanted:
        return _diff_text(call.pull)
    return Answer(shapes_pulls.pull(call.state, call.pull))


def _diff_text(pull: PullRequest) -> Answer:
    files = shapes_pulls.pull_diff(pull)
    lines = sum((one.patch or "").count("\n") + 1 for one in files)
    if len(files) > _DIFF_FILES or lines > _DIFF_LINES:
        error = {"resource": "PullRequest", "field": "diff", "code": "too_large"}
        raise ApiError(
            406, "Sorry, the diff exceeded the maximum number of files (300) or lines (20000)", [error]
        )
    base = git.merge_base(pull.repository.path, pull.base_sha, pull.head_sha) or pull.base_sha
    text = git.git(pull.repository.path, "diff", "--no-color", base, pull.head_sha)
    return Answer(text, headers={"Content-Type": "application/vnd.github.diff; charset=utf-8"})


def _list_pulls(call: Call) -> Answer:
    state = call.query.get("state", "open")
    head, base = call.query.get("head", ""), call.query.get("base", "")
    found = [
        one
        for one in call.state.pulls
        if one.repository is call.repository
        and state in {"all", one.state}
        and (not head or head == f"{one.head_owner.login}:{one.head_ref}")
        and (not base or base == one.base_ref)
    ]
    return paged(call, found[::-1], lambda one: shapes_pulls.simple_pull(call.state, one))


def _create_pull(call: Call) -> Answer:
    title, head, base = (call.text(name, required=True) or "" for name in ("title", "head", "base"))
    for name, ref in (("head", head.rpartition(":")[2]), ("base", base)):
        if git.resolve(call.repository.path, f"refs/heads/{ref}") is None:
            raise invalid("PullRequest", name, "", "invalid")
    if not git.commits(call.repository.path, base, head.rpartition(":")[2]):
        raise invalid("PullRequest", "head", f"No commits between {base} and {head}")
    if any(
        one.repository is call.repository
        and one.state == "open"
        and (one.head_ref, one.base_ref) == (head.rpartition(":")[2], base)
        for one in call.state.pulls
    ):
        raise invalid("PullRequest", "head", f"A pull request already exists for {head}.")
    made = open_pull_request(
        call.state,
        call.repository,
        base,
        head.rpartition(":")[2],
        title,
        call.text("body") or "",
        call.author.login,
        draft=bool(call.json.get("draft", False)),
    )
    return Answer(shapes_pulls.pull(call.state, made), 201)


def _list_files(call: Call) -> Answer:
    home, sha = call.pull.repository, call.pull.head_sha

    def shape(one: FileDiff) -> dict[str, object]:
        return shapes_pulls.file(call.state, home, sha, one)

    return paged(call, shapes_pulls.pull_diff(call.pull)[: call.state.most_files], shape)


def _list_commits(call: Call) -> Answer:
    pull = call.pull
    shas = git.commits(pull.repository.path, pull.base_sha, pull.head_sha)[:_MAX_COMMITS]
    return paged(call, shas, lambda sha: shapes.commit(call.state, pull.repository, sha))


def _list_issue_comments(call: Call) -> Answer:
    found = [one for one in call.state.issue_comments if one.pull is call.pull]
    return paged(call, found, lambda one: shapes_pulls.issue_comment(call.state, one))


def _create_issue_comment(call: Call) -> Answer:
    body = check_body(call.text("body", required=True) or "", "IssueComment")
    now, installation = call.state.now(), call.caller.installation
    app = installation.app if installation else None
    made = IssueComment(call.state.next_id(), call.pull, call.author, body, now, now, app)
    call.state.issue_comments.append(made)
    emit_comment(call.state, made)
    return Answer(shapes_pulls.issue_comment(call.state, made), 201)


def _issue_comment(call: Call) -> IssueComment:
    for one in call.state.issue_comments:
        if one.id == call.args["id"] and one.pull.repository is call.repository:
            return one
    raise not_found()


def _get_issue_comment(call: Call) -> Answer:
    return Answer(shapes_pulls.issue_comment(call.state, _issue_comment(call)))


def _update_issue_comment(call: Call) -> Answer:
    one = _issue_comment(call)
    if one.author is not call.author:
        raise ApiError(403, "You do not have permission to edit this comment.")
    one.body = check_body(call.text("body", required=True) or "", "IssueComment")
    one.updated_at = call.state.now()
    return Answer(shapes_pulls.issue_comment(call.state, one))


def _delete_issue_comment(call: Call) -> Answer:
    call.state.issue_comments.remove(_issue_comment(call))
    return Answer(status=204)


_REACTIONS = frozenset({"+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"})


def _react(call: Call) -> Answer:
    return react(call, _issue_comment(call))


def react(call: Call, one: IssueComment | Comment) -> Answer:
    """A second reaction of the same kind by the same account is the first one: 200 instead of 201."""
    content = call.text("content", required=True) or ""
    if content not in _REACTIONS:
        raise bad_request(f"For 'content', {content!r} is not a reaction.")
    status = 200 if (call.author.login, content) in one.reactions else 201
    number = one.reactions.setdefault((call.author.login, content), call.state.next_id())
    return Answer(shapes_pulls.reaction(call.state, number, call.author, content), status)


def _update_pull(call: Call) -> Answer:
    state = call.text("state")
    if state not in {None, "open", "closed"}:
        raise bad_request(f"For 'state', {state!r} is not a member of open, closed.")
    pull = call.pull
    pull.title, pull.body = call.text("title") or pull.title, call.text("body") or pull.body
    if state is not None and state != pull.state:
        pull.closed_at = call.state.now() if state == "closed" else None
        pull.updated_at = call.state.now()
        emit_pull(call.state, pull, "closed" if state == "closed" else "reopened", call.author)
    return Answer(shapes_pulls.pull(call.state, pull))


_PULL = "/repos/<owner>/<repo>/pulls/<int:number>"
_ISSUES = "/repos/<owner>/<repo>/issues"
_READ, _WRITE = "issues:read|pull_requests:read", "issues:write|pull_requests:write"
ROUTES = (
    Route("GET", "/repos/<owner>/<repo>/pulls", _list_pulls, "pull_requests:read"),
    Route("POST", "/repos/<owner>/<repo>/pulls", _create_pull, "pull_requests:write"),
    Route("GET", _PULL, _get_pull, "pull_requests:read"),
    Route("PATCH", _PULL, _update_pull, "pull_requests:write"),
    Route("GET", f"{_PULL}/files", _list_files, "pull_requests:read"),
    Route("GET", f"{_PULL}/commits", _list_commits, "pull_requests:read"),
    Route("GET", f"{_ISSUES}/<int:number>/comments", _list_issue_comments, _READ),
    Route("POST", f"{_ISSUES}/<int:number>/comments", _create_issue_comment, _WRITE),
    Route("GET", f"{_ISSUES}/comments/<int:id>", _get_issue_comment, _READ),
    Route("PATCH", f"{_ISSUES}/comments/<int:id>", _update_issue_comment, _WRITE),
    Route("POST", f"{_ISSUES}/comments/<int:id>/reactions", _react, _WRITE),
    Route("DELETE", f"{_ISSUES}/comments/<int:id>", _delete_issue_comment, _WRITE),
)
