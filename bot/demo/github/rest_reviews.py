"""REST: reviews and inline comments. A review is taken whole or not at all."""

from __future__ import annotations

from bot.demo.github import diffs, shapes_pulls
from bot.demo.github.calls import Answer, ApiError, Call, Route, bad_request, not_found, paged, refused
from bot.demo.github.records import Anchor, Comment, Json, PullRequest, Review, ReviewState, Thread
from bot.demo.github.rest_pulls import react
from bot.demo.github.rules import check_body, read_anchor, resolve_anchor

_STATES: dict[str, ReviewState] = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
}
_OWN = {
    "APPROVE": "Can not approve your own pull request",
    "REQUEST_CHANGES": "Can not request changes on your own pull request",
}


def _list_reviews(call: Call) -> Answer:
    visible = [
        one
        for one in call.state.reviews
        if one.pull is call.pull and (one.state != "PENDING" or one.author is call.author)
    ]
    return paged(call, visible, lambda one: shapes_pulls.review(call.state, one))


def _create_review(call: Call) -> Answer:
    pull, event = call.pull, call.text("event")
    body = call.text("body") or ""
    commit_sha = call.text("commit_id") or pull.head_sha
    _check_event(call, event, body)
    _check_commit(pull, commit_sha)
    placed = [_placed(pull, one) for one in call.json.get("comments") or []]
    state = _STATES[event] if event else "PENDING"
    now = call.state.now()
    made = Review(call.state.next_id(), pull, call.author, body, state, commit_sha, now if event else None)
    call.state.reviews.append(made)
    for anchor, text, where in placed:
        call.state.threads.append(Thread(call.state.next_id(), [_comment(call, made, anchor, text, where)]))
    return Answer(shapes_pulls.review(call.state, made))


def _check_event(call: Call, event: str | None, body: str) -> None:
    if event is not None and event not in _STATES:
        raise bad_request(f"For 'event', {event!r} is not a member of {', '.join(_STATES)}.")
    if event is None:
        pending = (one for one in call.state.reviews if one.pull is call.pull and one.state == "PENDING")
        if any(one.author is call.author for one in pending):
            raise refused("User can only have one pending review per pull request")
    if event in {"COMMENT", "REQUEST_CHANGES"} and not body.strip():
        raise refused("Body can't be blank")
    if body:
        check_body(body, "PullRequestReview")
    if event in _OWN and call.author is call.pull.author:
        raise refused(_OWN[event])


def _check_commit(pull: PullRequest, sha: str) -> None:
    if sha not in pull.heads or sha != pull.head_sha:
        known = sha in pull.heads
        raise refused(
            "Line could not be resolved" if known else "Start commit oid is not part of the pull request"
        )


Placed = tuple[Anchor, str, tuple[diffs.Row, str] | None]


def _placed(pull: PullRequest, comment: Json) -> Placed:
    unknown = set(comment) - {"path", "body", "line", "side", "start_line", "start_side", "position"}
    if unknown:
        raise bad_request(f'"{min(unknown)}" is not a permitted key.')
    body = comment.get("body")
    if not isinstance(body, str):
        raise bad_request('"body" wasn\'t supplied.')
    anchor = read_anchor(comment)
    return (
        anchor,
        check_body(body, "PullRequestReviewComment"),
        resolve_anchor(anchor, shapes_pulls.pull_diff(pull)),
    )


def _comment(
    call: Call, review: Review, anchor: Anchor, body: str, where: tuple[diffs.Row, str] | None
) -> Comment:
    now = call.state.now()
    position = where[0].position if where else 1
    return Comment(
        id=call.state.next_id(),
        pull=review.pull,
        review=review,
        author=call.author,
        body=body,
        anchor=anchor,
        original=anchor,
        commit_sha=review.commit_sha,
        original_commit_sha=review.commit_sha,
        diff_hunk=diffs.hunk_until(where[1], where[0]) if where else "",
        position=position if where else None,
        original_position=position,
        created_at=now,
        updated_at=now,
        on_file=where is None,
    )


def _create_comment(call: Call) -> Answer:
    """One comment by itself, in a review of its own. Only here a comment may be on a whole file."""
    pull = call.pull
    body = check_body(call.text("body", required=True) or "", "PullRequestReviewComment")
    commit_sha = call.text("commit_id", required=True) or ""
    if commit_sha not in pull.heads:
        raise ApiError(422, "Validation Failed", [{"field": "commit_id", "code": "invalid"}])
    on_file = call.json.get("subject_type") == "file"
    anchor = Anchor(call.text("path", required=True) or "") if on_file else read_anchor(call.json)
    files = shapes_pulls.pull_diff(pull)
    if on_file and not any(one.path == anchor.path for one in files):
        raise refused("Path could not be resolved")
    where = None if on_file else resolve_anchor(anchor, files)
    review = Review(call.state.next_id(), pull, call.author, "", "COMMENTED", commit_sha, call.state.now())
    call.state.reviews.append(review)
    made = _comment(call, review, anchor, body, where)
    call.state.threads.append(Thread(call.state.next_id(), [made]))
    return Answer(shapes_pulls.comment(call.state, made), 201)


def _reply(call: Call) -> Answer:
    thread = next((one for one in call.state.threads if one.comments[0].id == call.args["id"]), None)
    if thread is None or thread.comments[0].pull is not call.pull:
        raise not_found()
    first = thread.comments[0]
    body = check_body(call.text("body", required=True) or "", "PullRequestReviewComment")
    review = Review(
        call.state.next_id(), call.pull, call.author, "", "COMMENTED", first.commit_sha, call.state.now()
    )
    call.state.reviews.append(review)
    made = _comment(call, review, first.anchor, body, None)
    made.diff_hunk, made.reply_to, made.on_file = first.diff_hunk, first, first.on_file
    made.position, made.original_position = first.position, first.original_position
    thread.comments.append(made)
    return Answer(shapes_pulls.comment(call.state, made), 201)


def _list_comments(call: Call) -> Answer:
    found = [one for one in call.state.comments if one.pull is call.pull and one.review.state != "PENDING"]
    return paged(call, found, lambda one: shapes_pulls.comment(call.state, one))


def _list_review_comments(call: Call) -> Answer:
    found = [one for one in call.state.comments if one.review is _review(call)]
    return paged(call, found, lambda one: shapes_pulls.comment(call.state, one))


def _review(call: Call) -> Review:
    for one in call.state.reviews:
        if one.id == call.args["id"] and one.pull is call.pull:
            return one
    raise not_found()


def _get_review(call: Call) -> Answer:
    return Answer(shapes_pulls.review(call.state, _review(call)))


def _update_review(call: Call) -> Answer:
    one = _review(call)
    if one.author is not call.author:
        raise ApiError(403, "You do not have permission to edit this review.")
    one.body = check_body(call.text("body", required=True) or "", "PullRequestReview")
    return Answer(shapes_pulls.review(call.state, one))


def _delete_pending_review(call: Call) -> Answer:
    one = _review(call)
    if one.state != "PENDING":
        raise ApiError(422, "Can not delete a non-pending pull request review")
    call.state.reviews.remove(one)
    call.state.threads[:] = [thread for thread in call.state.threads if thread.comments[0].review is not one]
    return Answer(shapes_pulls.review(call.state, one))


def _submit_review(call: Call) -> Answer:
    one, event = _review(call), call.text("event", required=True) or ""
    _check_event(call, event, call.text("body") or one.body)
    one.state, one.submitted_at = _STATES[event], call.state.now()
    one.body = call.text("body") or one.body
    return Answer(shapes_pulls.review(call.state, one))


def _one_comment(call: Call) -> Comment:
    for one in call.state.comments:
        if one.id == call.args["id"] and one.pull.repository is call.repository:
            return one
    raise not_found()


def _get_comment(call: Call) -> Answer:
    return Answer(shapes_pulls.comment(call.state, _one_comment(call)))


def _update_comment(call: Call) -> Answer:
    one = _one_comment(call)
    if one.author is not call.author:
        raise ApiError(403, "You do not have permission to edit this comment.")
    one.body = check_body(call.text("body", required=True) or "", "PullRequestReviewComment")
    one.updated_at = call.state.now()
    return Answer(shapes_pulls.comment(call.state, one))


def _react(call: Call) -> Answer:
    return react(call, _one_comment(call))


def _delete_comment(call: Call) -> Answer:
    one = _one_comment(call)
    for thread in [thread for thread in call.state.threads if one in thread.comments]:
        thread.comments.remove(one)
        if not thread.comments:
            call.state.threads.remove(thread)
    return Answer(status=204)


_PULL = "/repos/<owner>/<repo>/pulls/<int:number>"
_COMMENT = "/repos/<owner>/<repo>/pulls/comments/<int:id>"
_READ, _WRITE = "pull_requests:read", "pull_requests:write"
ROUTES = (
    Route("GET", f"{_PULL}/reviews", _list_reviews, _READ),
    Route("POST", f"{_PULL}/reviews", _create_review, _WRITE),
    Route("GET", f"{_PULL}/reviews/<int:id>", _get_review, _READ),
    Route("PUT", f"{_PULL}/reviews/<int:id>", _update_review, _WRITE),
    Route("DELETE", f"{_PULL}/reviews/<int:id>", _delete_pending_review, _WRITE),
    Route("POST", f"{_PULL}/reviews/<int:id>/events", _submit_review, _WRITE),
    Route("GET", f"{_PULL}/reviews/<int:id>/comments", _list_review_comments, _READ),
    Route("GET", f"{_PULL}/comments", _list_comments, _READ),
    Route("POST", f"{_PULL}/comments", _create_comment, _WRITE),
    Route("POST", f"{_PULL}/comments/<int:id>/replies", _reply, _WRITE),
    Route("GET", _COMMENT, _get_comment, _READ),
    Route("PATCH", _COMMENT, _update_comment, _WRITE),
    Route("POST", f"{_COMMENT}/reactions", _react, _WRITE),
    Route("DELETE", _COMMENT, _delete_comment, _WRITE),
)
