"""The life of a pull request: opened, closed, reopened, drafted; each tells the App."""

from __future__ import annotations

from dataclasses import replace

from bot.demo.github import git, shapes_pulls
from bot.demo.github.events import emit, emit_check_run, emit_pull, keep_head
from bot.demo.github.records import CheckRun, Comment, IssueComment, PullRequest, Repository, Review
from bot.demo.github.state import GitHub


def open_pull_request(
    state: GitHub,
    repository: Repository,
    base: str,
    head: str,
    title: str,
    body: str = "",
    author: str = "dana",
    *,
    head_repository: Repository | None = None,
    draft: bool = False,
) -> PullRequest:
    """Open a pull request for the branch `head` (of a fork, when given) and deliver `opened`."""
    with state.lock:
        home = head_repository or repository
        now, opener = state.now(), state.account(author)
        pull = PullRequest(
            id=state.next_id(),
            number=1 + sum(one.repository is repository for one in state.pulls),
            repository=repository,
            title=title,
            body=body,
            author=opener,
            base_ref=base,
            base_sha=_tip(repository, base),
            head_ref=head,
            head_sha=_tip(home, head),
            head_owner=home.owner,
            head_repository=home,
            created_at=now,
            updated_at=now,
            draft=draft,
        )
        pull.heads.append(pull.head_sha)
        state.pulls.append(pull)
        keep_head(pull)
        emit_pull(state, pull, "opened", opener)
        return pull


def _tip(repository: Repository, branch: str) -> str:
    sha = git.resolve(repository.path, f"refs/heads/{branch}")
    if sha is None:
        raise ValueError(f"{repository.full_name} has no branch {branch}")
    return sha


def close(state: GitHub, pull: PullRequest, *, by: str = "dana", merged: bool = False) -> None:
    """Close it, by merging or without; delivers `closed`."""
    with state.lock:
        pull.closed_at = pull.updated_at = state.now()
        pull.merged_at = pull.closed_at if merged else None
        emit_pull(state, pull, "closed", state.account(by))


def reopen(state: GitHub, pull: PullRequest, *, by: str = "dana") -> None:
    """Reopen it; delivers `reopened`."""
    with state.lock:
        pull.closed_at, pull.updated_at = None, state.now()
        emit_pull(state, pull, "reopened", state.account(by))


def set_draft(state: GitHub, pull: PullRequest, *, draft: bool, by: str = "dana") -> None:
    """Delivers `ready_for_review` or `converted_to_draft`."""
    with state.lock:
        pull.draft, pull.updated_at = draft, state.now()
        emit_pull(state, pull, "converted_to_draft" if draft else "ready_for_review", state.account(by))


def label(state: GitHub, pull: PullRequest, name: str, *, by: str = "dana") -> None:
    """Put a label on; delivers `labeled`."""
    with state.lock:
        pull.labels.append(name)
        pull.updated_at = state.now()
        emit_pull(state, pull, "labeled", state.account(by), label={"name": name})


def change_base(state: GitHub, pull: PullRequest, base: str, *, by: str = "dana") -> None:
    """Let it be merged into another branch; delivers `edited`."""
    with state.lock:
        before = {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}
        pull.base_ref, pull.base_sha, pull.updated_at = base, _tip(pull.repository, base), state.now()
        emit_pull(state, pull, "edited", state.account(by), changes={"base": before})


def comment(state: GitHub, pull: PullRequest, body: str, *, by: str = "dana") -> IssueComment:
    """A person writes in the conversation; delivers `issue_comment`."""
    with state.lock:
        now = state.now()
        made = IssueComment(state.next_id(), pull, state.account(by), body, now, now)
        state.issue_comments.append(made)
        emit_comment(state, made)
        return made


def reply(state: GitHub, first: Comment, body: str, *, by: str = "dana") -> Comment:
    """A person writes below an inline comment; delivers `pull_request_review_comment`."""
    with state.lock:
        now, who, pull = state.now(), state.account(by), first.pull
        review = Review(state.next_id(), pull, who, "", "COMMENTED", first.commit_sha, now)
        state.reviews.append(review)
        made = replace(
            first,
            id=state.next_id(),
            review=review,
            author=who,
            body=body,
            created_at=now,
            updated_at=now,
            reply_to=first,
            reactions={},
        )
        next(one for one in state.threads if first in one.comments).comments.append(made)
        shaped = {
            "action": "created",
            "comment": shapes_pulls.comment(state, made),
            "pull_request": shapes_pulls.simple_pull(state, pull),
        }
        emit(state, pull.repository, "pull_request_review_comment", who, shaped)
        return made


def emit_comment(state: GitHub, made: IssueComment) -> None:
    """Deliver `issue_comment` (created) on a pull request: an issue whose `pull_request` links to it."""
    shaped = shapes_pulls.simple_pull(state, made.pull)
    kept = (
        "html_url",
        "number",
        "state",
        "title",
        "user",
        "body",
        "locked",
        "labels",
        "created_at",
        "updated_at",
    )
    issue = {name: shaped[name] for name in kept} | {
        "id": made.pull.id,
        "node_id": shaped["node_id"],
        "url": shaped["issue_url"],
        "comments": sum(one.pull is made.pull for one in state.issue_comments),
        "pull_request": {name: shaped[name] for name in ("url", "html_url", "diff_url", "patch_url")},
    }
    payload = {"action": "created", "issue": issue, "comment": shapes_pulls.issue_comment(state, made)}
    emit(state, made.pull.repository, "issue_comment", made.author, payload)


def press_button(state: GitHub, run: CheckRun, identifier: str, *, by: str = "dana") -> None:
    """A person presses one of the check run's buttons; delivers `check_run` (requested_action)."""
    with state.lock:
        if run.status != "completed" or identifier not in {one["identifier"] for one in run.actions}:
            raise ValueError(f"the check run shows no button {identifier!r}")
        emit_check_run(state, run, "requested_action", state.account(by), identifier)


def rerequest(state: GitHub, run: CheckRun, *, by: str = "dana") -> None:
    """A person presses Re-run; delivers `check_run` (rerequested)."""
    with state.lock:
        emit_check_run(state, run, "rerequested", state.account(by))
