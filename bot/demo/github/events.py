"""What happens by itself: a push moves its pull requests, and the installed App hears of it."""

from __future__ import annotations

from dataclasses import replace

from bot.demo.github import diffs, git, shapes, shapes_pulls
from bot.demo.github.records import Account, CheckRun, CheckSuite, Comment, Json, PullRequest, Repository
from bot.demo.github.state import GitHub

NO_COMMIT = "0" * 40


def emit(state: GitHub, repository: Repository, event: str, sender: Account, payload: Json) -> None:
    """Deliver an event to the App installed on the repository, if it subscribed to it."""
    installation = state.installation_of(repository)
    if installation is None or installation.suspended_at or event not in installation.app.events:
        return
    payload = payload | {
        "repository": shapes.repository(state, repository),
        "sender": shapes.account(state, sender),
        "installation": {"id": installation.id, "node_id": f"MDIz{installation.id}"},
    }
    if repository.owner.kind == "Organization":
        login = repository.owner.login
        payload["organization"] = {
            "login": login,
            "id": repository.owner.id,
            "node_id": f"O_{repository.owner.id}",
        }
    state.hooks.emit(installation.app, event, payload, installation.id)


def emit_pull(state: GitHub, pull: PullRequest, action: str, sender: Account, **more: object) -> None:
    """Deliver `pull_request` with this action."""
    looked = pull.looked_at
    shaped = shapes_pulls.pull(state, pull)
    pull.looked_at = looked  # writing a payload is not asking
    payload = {"action": action, "number": pull.number, "pull_request": shaped, **more}
    emit(state, pull.repository, "pull_request", sender, payload)


def emit_check_run(state: GitHub, run: CheckRun, action: str, sender: Account, identifier: str = "") -> None:
    """Deliver `check_run`; `requested_action` carries the pressed button's identifier."""
    payload: Json = {"action": action, "check_run": shapes_pulls.check_run(state, run)}
    if identifier:
        payload["requested_action"] = {"identifier": identifier}
    emit(state, run.suite.repository, "check_run", sender, payload)


def after_push(
    state: GitHub, repository: Repository, ref: str, before: str | None, after: str | None, sender: Account
) -> None:
    """A branch was made, moved or deleted: its pull requests follow; delivers `push`, `synchronize`."""
    if not ref.startswith("refs/heads/") or before == after:
        return
    shas = {"before": before or NO_COMMIT, "after": after or NO_COMMIT}
    facts = {
        "ref": ref,
        **shas,
        "created": not before,
        "deleted": not after,
        "pusher": {"name": sender.login},
    }
    emit(state, repository, "push", sender, facts)
    if after is None:
        return
    _suite_for(state, repository, after)
    branch = ref.removeprefix("refs/heads/")
    for pull in state.pulls:
        if pull.head_repository is repository and pull.head_ref == branch and pull.state == "open":
            _synchronize(state, pull, after, sender)


def _synchronize(state: GitHub, pull: PullRequest, after: str, sender: Account) -> None:
    before, pull.head_sha = pull.head_sha, after
    pull.heads.append(after)
    pull.updated_at, pull.looked_at = state.now(), False
    pull.base_sha = git.resolve(pull.repository.path, f"refs/heads/{pull.base_ref}") or pull.base_sha
    keep_head(pull)
    _move_comments(state, pull, before)
    emit_pull(state, pull, "synchronize", sender, before=before, after=after)


def keep_head(pull: PullRequest) -> None:
    """Fetch the head into the base repository as `refs/pull/N/head`, where it outlives its branch."""
    home = pull.head_repository
    if home is not None and home is not pull.repository:
        git.git(pull.repository.path, "fetch", "--quiet", str(home.path), pull.head_sha)
    git.update_ref(pull.repository.path, f"refs/pull/{pull.number}/head", pull.head_sha)


def _suite_for(state: GitHub, repository: Repository, sha: str) -> CheckSuite | None:
    installation = state.installation_of(repository)
    if installation is None or "checks" not in installation.permissions:
        return None
    return suite(state, repository, sha)


def suite(state: GitHub, repository: Repository, sha: str) -> CheckSuite:
    """The installed App's check suite on a head. GitHub makes one at every push."""
    installation = state.installation_of(repository)
    if installation is None:
        raise LookupError(f"no App is installed on {repository.full_name}")
    for one in state.check_suites:
        if one.repository is repository and one.head_sha == sha and one.app is installation.app:
            return one
    made = CheckSuite(state.next_id(), repository, installation.app, sha, state.now())
    state.check_suites.append(made)
    return made


def _move_comments(state: GitHub, pull: PullRequest, before: str) -> None:
    """Inline comments follow their lines to the new head, or are outdated when those changed."""
    path = pull.repository.path
    changes = {one.previous_path or one.path: one for one in diffs.compare(path, before, pull.head_sha)}
    shown = {one.path: one.patch for one in shapes_pulls.pull_diff(pull)}
    for comment in state.comments:
        if comment.pull is pull and comment.anchor.line is not None and comment.anchor.side == "RIGHT":
            change = changes.get(comment.anchor.path)
            patch = change.patch if change else ""
            _move(comment, patch, shown.get(change.path if change else comment.anchor.path), pull.head_sha)


def _move(comment: Comment, change: str | None, shown: str | None, head_sha: str) -> None:
    line, start = comment.anchor.line or 0, comment.anchor.start_line
    moved = [moved_line(change, number) for number in range(start or line, line + 1)]
    row = diffs.row_at(shown, "RIGHT", moved[-1]) if shown and moved[-1] is not None else None
    if None in moved or row is None:
        comment.anchor = replace(comment.anchor, line=None, start_line=None)
        comment.position = None
        return
    comment.anchor = replace(comment.anchor, line=moved[-1], start_line=moved[0] if start else None)
    comment.position, comment.commit_sha = row.position, head_sha


def moved_line(patch: str | None, line: int) -> int | None:
    """Where an old line stands after `patch` ("" for no change), or None when the patch took it away."""
    if patch is None:
        return None
    shift = 0
    for row in diffs.rows(patch) if patch else ():
        if row.sign == "-" and row.old == line:
            return None
        if row.sign == "+" and row.new is not None and row.new - shift <= line:
            shift += 1
        if row.sign == "-" and row.old is not None and row.old < line:
            shift -= 1
    return line + shift
