"""What the pages show, gathered from the memory: diffs with threads, reviews, check runs, fix commits."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from bot.demo.github import diffs, git
from bot.demo.github.diffs import FileDiff, Row
from bot.demo.github.pages.code import highlight_lines
from bot.demo.github.pages.markdown import Place, render
from bot.demo.github.records import Account, CheckRun, Comment, PullRequest, Repository, Review, Thread
from bot.demo.github.shapes_pulls import pull_diff
from bot.demo.github.state import GitHub


@dataclass(frozen=True)
class Said:
    """A body with who wrote it."""

    id: str
    author: Account
    body: Markup
    when: str


@dataclass(frozen=True)
class ThreadView:
    """A thread and where it stands."""

    where: str  # "line 23" or "lines 20 to 23"
    said: list[Said]
    resolved: bool
    outdated: bool


@dataclass
class RowView:
    """One row of a diff and the threads below it."""

    kind: str  # context, added, deleted, hunk, note
    sign: str
    old: int | None
    new: int | None
    code: Markup | str
    threads: list[ThreadView] = field(default_factory=list)


@dataclass(frozen=True)
class FileView:
    """A changed file."""

    diff: FileDiff
    rows: list[RowView]
    apart: list[ThreadView]  # threads on the file as a whole, and outdated ones


@dataclass(frozen=True)
class CommitView:
    """A commit, with the branch it is the tip of, if that matters."""

    sha: str
    headline: str
    body: str
    author: str
    verified: bool
    branch: str
    files: list[FileView]


@dataclass(frozen=True)
class CheckView:
    """A check run with its output as HTML."""

    run: CheckRun
    summary: Markup
    text: Markup


def check(run: CheckRun) -> CheckView:
    """A check run with its output as HTML."""
    return CheckView(run, render(run.summary or ""), render(run.text or ""))


def checks(state: GitHub, pull: PullRequest) -> list[CheckView]:
    """The check runs of the head, newest last; of one name only the newest."""
    here = [one for one in state.check_runs if one.suite.repository is pull.repository]
    latest = {one.name: one for one in here if one.suite.head_sha == pull.head_sha}
    return [check(one) for one in latest.values()]


def review(state: GitHub, one: Review) -> tuple[Said, list[Comment]]:
    """A review's body, and its inline comments."""
    said = Said(f"pullrequestreview-{one.id}", one.author, render(one.body), _when(one.submitted_at))
    return said, [comment for comment in state.comments if comment.review is one]


def description(pull: PullRequest) -> Said:
    """What the author wrote when opening it."""
    text = pull.body or "No description provided."
    return Said("description", pull.author, render(text), _when(pull.created_at))


def conversation(state: GitHub, pull: PullRequest) -> list[tuple[Said, list[Comment], str]]:
    """Reviews and comments in their order; each with its inline comments and its kind."""
    reviews = [
        (one.id, *review(state, one), one.state.lower().replace("_", " "))
        for one in state.reviews
        if one.pull is pull and one.state != "PENDING" and (one.body or one.state != "COMMENTED")
    ]
    comments: list[tuple[int, Said, list[Comment], str]] = [
        (one.id, Said(f"issuecomment-{one.id}", one.author, render(one.body), _when(one.created_at)), [], "")
        for one in state.issue_comments
        if one.pull is pull
    ]
    return [entry[1:] for entry in sorted(reviews + comments, key=lambda entry: entry[0])]


def _when(moment: object) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if hasattr(moment, "strftime") else ""


def pull_files(state: GitHub, pull: PullRequest) -> list[FileView]:
    """The changed files with their threads at their lines."""
    path = pull.repository.path
    base = git.merge_base(path, pull.base_sha, pull.head_sha) or pull.base_sha
    threads = [one for one in state.threads if one.comments[0].pull is pull]
    return [_file(path, base, pull.head_sha, one, threads) for one in pull_diff(pull)]


def changes(repository: Repository, base: str, head: str) -> list[FileView]:
    """The files that differ between two commits."""
    return [_file(repository.path, base, head, one, []) for one in diffs.compare(repository.path, base, head)]


def _file(path: Path, base: str, head: str, diff: FileDiff, threads: list[Thread]) -> FileView:
    mine = [one for one in threads if one.comments[0].original.path == diff.path]
    old = highlight_lines(diff.path, git.read_file(path, base, diff.previous_path or diff.path))
    new = highlight_lines(diff.path, git.read_file(path, head, diff.path))
    rows = [_row(row, old, new) for row in diffs.rows(diff.patch)] if diff.patch else []
    apart: list[ThreadView] = []
    for one in mine:
        at = _below(one, rows)
        (rows[at].threads if at is not None else apart).append(_thread(path, one))
    return FileView(diff, rows, apart)


def _row(row: Row, old: list[Markup], new: list[Markup]) -> RowView:
    kinds = {"@": "hunk", "+": "added", "-": "deleted", "\\": "note", " ": "context"}
    code: Markup | str = row.text
    lines, number = (old, row.old) if row.sign == "-" else (new, row.new)
    if number is not None and number <= len(lines):
        code = lines[number - 1]
    sign = row.sign.replace("-", "−").strip() if row.sign in "+-" else ""
    return RowView(kinds.get(row.sign, "context"), sign, row.old, row.new, code)


def _below(thread: Thread, rows: list[RowView]) -> int | None:
    anchor = thread.comments[0].anchor
    for at, row in enumerate(rows):
        number = row.old if anchor.side == "LEFT" else row.new
        kinds = {"deleted"} if anchor.side == "LEFT" else {"added", "context"}
        if anchor.line is not None and number == anchor.line and row.kind in kinds:
            return at
    return None


def _thread(path: Path, thread: Thread) -> ThreadView:
    first = thread.comments[0]
    place = first.original
    start = place.start_line or place.line
    where = "the file" if place.line is None else f"line {place.line}"
    if start != place.line:
        where = f"lines {start} to {place.line}"
    against = _place(path, first)
    said = [
        Said(f"discussion_r{one.id}", one.author, render(one.body, against), _when(one.created_at))
        for one in thread.comments
    ]
    return ThreadView(where, said, thread.resolved_by is not None, thread.outdated)


def _place(path: Path, comment: Comment) -> Place:
    """The lines the comment was put on."""
    if comment.original.line is None:
        return Place()
    content = git.read_file(path, comment.original_commit_sha, comment.original.path) or b""
    first = comment.original.start_line or comment.original.line
    lines = content.decode(errors="replace").splitlines()[first - 1 : comment.original.line]
    return Place(tuple(lines), first)


def commit(repository: Repository, sha: str, branch: str = "") -> CommitView:
    """A commit with what it changed."""
    found = git.read_commit(repository.path, sha)
    headline, _, body = found.message.partition("\n")
    base = found.parents[0] if found.parents else git.empty_tree(repository.path)
    return CommitView(
        sha,
        headline,
        body.strip(),
        found.author.name,
        sha in repository.verified,
        branch,
        changes(repository, base, sha),
    )


def fix_commits(pull: PullRequest) -> list[CommitView]:
    """Commits on branches of their own that begin at a head of the pull request."""
    found = []
    for ref, tip in git.refs(pull.repository.path, "refs/heads/").items():
        name = ref.removeprefix("refs/heads/")
        if name not in {pull.base_ref, pull.head_ref} and tip not in pull.heads:
            parents = git.read_commit(pull.repository.path, tip).parents
            if set(parents) & set(pull.heads):
                found.append(commit(pull.repository, tip, name))
    return found
