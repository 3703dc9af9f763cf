"""What the forge can be asked to write on a pull request, and what it says stands there now.

Every write carries a hidden marker or has a natural key, so that carrying it out twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CheckConclusion = Literal["success", "failure", "neutral", "cancelled"]


@dataclass(frozen=True, slots=True)
class Note:
    """A reply of ours: what it says of the finding, and on which head."""

    said: str  # "fixed", "removed", "back", "still", "unknown"
    head: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class OwnComment:
    """An inline comment of ours that stands on the pull request, and the thread that it begins."""

    comment_id: int
    fingerprint: str
    body: str
    thread: str = ""  # its id in GraphQL
    is_resolved: bool = False
    is_outdated: bool = False  # GitHub no longer finds its lines in the diff
    is_answered: bool = False  # a person wrote in it
    notes: tuple[Note, ...] = ()  # the oldest first

    @property
    def last_note(self) -> Note:
        return self.notes[-1] if self.notes else Note("", "")


@dataclass(frozen=True, slots=True)
class PullState:
    """The pull request as it stands now, as far as planning needs it."""

    head_sha: str
    is_open: bool
    own_comments: tuple[OwnComment, ...] = ()
    reviewed_heads: tuple[str, ...] = ()  # heads for which a review of ours stands
    check_run_id: int | None = None  # our check run on this head
    fix_branches: tuple[tuple[str, str], ...] = ()  # (name, tip sha) of our fix branches of this pull request
    repository_node: str = ""  # the repository's id in GraphQL
    lacks: str = ""  # the permission that the installation does not give, for fix commits and threads


@dataclass(frozen=True, slots=True)
class StartCheck:
    """Show that the review is running. Found again by (head, external id)."""

    head_sha: str
    external_id: str


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file as the commit will have it."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CommitFix:
    """One commit, fix and test together, on a branch of its own that starts at the head."""

    fingerprint: str
    branch: str  # suture/fix/pr-N-…
    base_sha: str
    subject: str
    body: str
    files: tuple[FileContent, ...]
    repository_node: str = ""  # as the state had it; asked for again when empty


@dataclass(frozen=True, slots=True)
class StackFixes:
    """One pull request of all these fixes into the head's branch. Found again by its own branch.

    That begins at the head and has a commit for each fix; none writes a file that another does.
    """

    branch: str  # suture/fix/pr-N-all-…
    base_sha: str
    into: str  # the head's branch
    title: str
    body: str
    fixes: tuple[CommitFix, ...]


@dataclass(frozen=True, slots=True)
class DropStack:
    """Close our pull request from this branch, saying why, and delete the branch: no more than is ours."""

    branch: str
    why: str


@dataclass(frozen=True, slots=True)
class ReviewComment:
    """An inline comment on lines of the new file."""

    fingerprint: str
    path: str
    line: int  # last line of the range, side RIGHT
    start_line: int | None  # None for a single line
    body: str
    place: str = ""  # the finding's, in Markdown: for the day that GitHub shows no such line


@dataclass(frozen=True, slots=True)
class PostReview:
    """One batched review; every anchor was checked against GitHub's own patch beforehand."""

    head_sha: str
    body: str
    comments: tuple[ReviewComment, ...]


@dataclass(frozen=True, slots=True)
class UpdateComment:
    """A comment of ours that stands gets another body."""

    comment_id: int
    body: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A word in the thread of a comment of ours. Found again by what it says and on which head."""

    comment_id: int
    head_sha: str
    said: str
    body: str


@dataclass(frozen=True, slots=True)
class SetResolved:
    """Resolve or reopen the thread of a comment of ours; one in which a person wrote stays as it is."""

    comment_id: int
    thread: str
    head_sha: str
    resolved: bool


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark of the check run on lines of a file."""

    path: str
    start_line: int
    end_line: int
    level: Literal["notice", "warning", "failure"]
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Button:
    """Of a check run that has ended; pressing it gives the command of that name (`bot.conversation`)."""

    command: str  # at most 20 characters
    label: str  # likewise
    description: str  # at most 40


@dataclass(frozen=True, slots=True)
class CompleteCheck:
    """End the check run with its conclusion, or make it ended. Found again by (head, external id)."""

    head_sha: str
    external_id: str
    conclusion: CheckConclusion
    title: str
    summary: str
    text: str
    annotations: tuple[Annotation, ...] = ()
    check_run_id: int | None = None  # as the state had it; looked up when None
    buttons: tuple[Button, ...] = ()  # at most three


Write = (
    StartCheck
    | CommitFix
    | StackFixes
    | DropStack
    | PostReview
    | UpdateComment
    | Reply
    | SetResolved
    | CompleteCheck
)
