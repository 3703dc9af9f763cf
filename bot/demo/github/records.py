"""What the stand-in remembers: accounts, Apps, repositories, pull requests and what was written on them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

Json = dict[str, Any]
Side = Literal["LEFT", "RIGHT"]


def node_id(kind: str, number: int) -> str:
    """GraphQL's opaque id of the record `number` of `kind`."""
    return f"{kind}_{base64.urlsafe_b64encode(f'{kind}:{number}'.encode()).decode().rstrip('=')}"


@dataclass(eq=False)
class Account:
    """A person, an organization or an App's bot."""

    id: int
    login: str
    kind: Literal["User", "Organization", "Bot"] = "User"

    @property
    def email(self) -> str:
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(eq=False)
class App:
    """A registered GitHub App."""

    id: int
    slug: str
    client_id: str
    owner: Account
    bot: Account
    private_key: str  # PEM; handed to the operator once, as GitHub does
    public_key: str  # PEM; what JWTs are verified with
    webhook_secret: str
    permissions: dict[str, str]
    events: tuple[str, ...]
    created_at: datetime
    hook_url: str = ""  # "" records deliveries without sending them
    name: str = ""  # "" for the slug, capitalized
    client_secret: str = ""
    callback_urls: tuple[str, ...] = ()  # where people are led back to who sign in
    hook_content_type: str = "json"
    hook_insecure_ssl: str = "0"


@dataclass(eq=False)
class Installation:
    """An App on an account, with the permissions its owner accepted."""

    id: int
    app: App
    account: Account
    permissions: dict[str, str]
    created_at: datetime
    repository_ids: set[int] | None = None  # None for all of the account's repositories
    suspended_at: datetime | None = None
    changed_at: datetime | None = None  # None: never since it was made

    @property
    def updated_at(self) -> datetime:
        return self.changed_at or self.created_at


@dataclass(eq=False)
class Token:
    """An installation's token, or, with `installation` None, one of a person who may do everything."""

    value: str
    account: Account
    expires_at: datetime | None
    permissions: dict[str, str]
    installation: Installation | None = None
    repository_ids: frozenset[int] | None = None  # None for all of the installation's
    used: int = 0  # calls in the current hour
    app: App | None = None  # to which a person signed in; the token then sees what the person sees of it


@dataclass(eq=False)
class Repository:
    """A repository, and the bare git repository it is kept in."""

    id: int
    owner: Account
    name: str
    path: Path  # the bare git repository
    private: bool
    default_branch: str
    created_at: datetime
    fork_of: Repository | None = None
    description: str = ""
    advanced_security: bool = False  # what code scanning needs in a private repository
    verified: set[str] = field(default_factory=set)  # commits the stand-in signed itself

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"


@dataclass(eq=False)
class PullRequest:
    """A pull request as it stands now."""

    id: int
    number: int
    repository: Repository
    title: str
    body: str
    author: Account
    base_ref: str
    base_sha: str
    head_ref: str
    head_sha: str
    head_owner: Account
    head_repository: Repository | None  # None once the fork is deleted
    created_at: datetime
    updated_at: datetime
    draft: bool = False
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    looked_at: bool = False  # mergeable is unknown until somebody asked once
    heads: list[str] = field(default_factory=list)  # every head it ever had
    labels: list[str] = field(default_factory=list)

    @property
    def state(self) -> Literal["open", "closed"]:
        return "closed" if self.closed_at else "open"


ReviewState = Literal["PENDING", "COMMENTED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED"]


@dataclass(eq=False)
class Review:
    """A review; PENDING until it is submitted."""

    id: int
    pull: PullRequest
    author: Account
    body: str
    state: ReviewState
    commit_sha: str
    submitted_at: datetime | None
    minimized: str = ""


@dataclass(frozen=True)
class Anchor:
    """Where an inline comment stands: the last line of its range, and the first when it has several."""

    path: str
    side: Side = "RIGHT"
    line: int | None = None  # None for a comment on the whole file, or an outdated one
    start_line: int | None = None
    start_side: Side | None = None


@dataclass(eq=False)
class Comment:
    """An inline review comment."""

    id: int
    pull: PullRequest
    review: Review
    author: Account
    body: str
    anchor: Anchor  # where it stands now
    original: Anchor  # where it was put
    commit_sha: str
    original_commit_sha: str
    diff_hunk: str
    position: int | None
    original_position: int
    created_at: datetime
    updated_at: datetime
    reply_to: Comment | None = None
    on_file: bool = False
    minimized: str = ""
    reactions: dict[tuple[str, str], int] = field(default_factory=dict)  # (login, content) → id


@dataclass(eq=False)
class Thread:
    """An inline comment and the replies to it."""

    id: int
    comments: list[Comment]
    resolved_by: Account | None = None

    @property
    def outdated(self) -> bool:
        first = self.comments[0]
        return not first.on_file and first.anchor.line is None


@dataclass(eq=False)
class IssueComment:
    """A comment in the conversation."""

    id: int
    pull: PullRequest
    author: Account
    body: str
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    minimized: str = ""
    reactions: dict[tuple[str, str], int] = field(default_factory=dict)  # (login, content) → id


@dataclass(eq=False)
class CheckSuite:
    """The check runs of one App on one head."""

    id: int
    repository: Repository
    app: App
    head_sha: str
    created_at: datetime


@dataclass(eq=False)
class CheckRun:
    """A check run with its output and buttons."""

    id: int
    suite: CheckSuite
    name: str
    external_id: str
    details_url: str
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Json] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)


@dataclass(eq=False)
class Analysis:
    """An upload to code scanning, unpacked."""

    id: str
    repository: Repository
    commit_sha: str
    ref: str
    log: Json
