"""What is asked for, and what is under review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Job:
    """What one delivery asks the worker to do; the same (repository, number, head) is the same job."""

    installation_id: int
    repository_id: int
    repository: str  # "owner/name" at the time of the delivery; the id is the authority
    number: int
    head_sha: str
    delivery: str  # GUID of the delivery that asked for it
    attempt: int = 1  # above 1 only when somebody asked for a re-run
    draft: bool = False  # of a draft, and asked for by no person


@dataclass(frozen=True, slots=True)
class ClosedPull:
    """A pull request that was closed or merged: what was made for its review alone can go."""

    installation_id: int
    repository_id: int
    repository: str  # "owner/name" at the time of the delivery; the id is the authority
    number: int
    delivery: str


@dataclass(frozen=True, slots=True)
class MergeGroup:
    """What a merge queue is about to merge: a commit of the queue's own, made for one pull request."""

    installation_id: int
    repository_id: int
    repository: str  # "owner/name" at the time of the delivery; the id is the authority
    number: int  # of the pull request that it was made for
    head_sha: str  # the queue's commit, on which required checks are waited for
    delivery: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a hunk. `old` and `new` are its numbers on the two sides, None where it has none."""

    kind: Literal["context", "added", "deleted"]
    old: int | None
    new: int | None
    text: str  # without the leading sign and without the line's end


@dataclass(frozen=True, slots=True)
class Hunk:
    """One `@@` block of the unified diff, with its commentable lines."""

    path: str
    section: str  # the text after the second @@
    lines: tuple[Line, ...]

    @property
    def new_lines(self) -> frozenset[int]:
        """New-file numbers a comment may stand on (side RIGHT): added and context rows."""
        return frozenset(line.new for line in self.lines if line.new is not None)

    @property
    def added(self) -> frozenset[int]:
        """New-file numbers of the rows the change added."""
        return frozenset(line.new for line in self.lines if line.kind == "added" and line.new)


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of a change, with the hunks that may be commented."""

    path: str
    status: Literal["added", "modified", "renamed", "copied", "removed", "changed", "unchanged"]
    hunks: tuple[Hunk, ...]
    previous_path: str | None = None


@dataclass(frozen=True, slots=True)
class NotReviewed:
    """A file, or some hunks of it, that nobody reviewed, and why. Silence must never look like "clean"."""

    path: str
    reason: str
    in_scope: bool = True  # False for what no reviewer would look at: images, lockfiles, deletions
    asked: bool = False  # left out because the configuration says so


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a line that people should know and that is no finding; line 0 is the file's name."""

    path: str
    line: int
    what: str  # a sentence


@dataclass(frozen=True, slots=True)
class SharedConfig:
    """The commit of an organisation's repository whose configuration holds for a review."""

    repository: str  # "owner/name"
    repository_id: int
    sha: str


@dataclass(frozen=True, slots=True)
class Change:
    """The head of a pull request, or of a local range, against the merge base with its target."""

    base_sha: str  # the merge base
    head_sha: str
    files: tuple[ChangedFile, ...]
    not_reviewed: tuple[NotReviewed, ...] = ()
    repository: str = ""  # "owner/name"; empty for a local range
    number: int | None = None
    head_ref: str = ""
    head_repository: str | None = None  # None when the fork was deleted, or for a local range
    base_tip: str = ""  # the base branch's last commit when the change was collected: its rules hold

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        return tuple(hunk for file in self.files for hunk in file.hunks)

    @property
    def paths(self) -> tuple[str, ...]:
        """Of all files that it touches, those that are not reviewed too."""
        shown = [file.path for file in self.files]
        return tuple(dict.fromkeys(shown + [one.path for one in self.not_reviewed]))
