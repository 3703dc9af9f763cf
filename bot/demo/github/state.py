"""The stand-in's memory: everything there is, found by id, name or token."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.demo.github.faults import Faults
from bot.demo.github.journal import Journal
from bot.demo.github.records import (
    Account,
    Analysis,
    App,
    CheckRun,
    CheckSuite,
    Comment,
    Installation,
    IssueComment,
    PullRequest,
    Repository,
    Review,
    Thread,
    Token,
    node_id,
)
from bot.demo.github.webhooks import Hooks

if TYPE_CHECKING:
    from bot.demo.github.manifests import Made
    from bot.demo.github.oauth import Grant


@dataclass
class GitHub:
    """One GitHub. `root` holds its bare repositories; `url` is set by the server that serves it."""

    root: Path
    url: str = "http://127.0.0.1"
    clock_offset: timedelta = timedelta()  # tests move time by it
    rate_limit: int = 5000
    enterprise_version: str = ""  # "" for github.com
    walled: set[str] = field(default_factory=set)  # logins whose IP allow list does not hold the caller
    most_files: int = 3000  # that are listed of a pull request
    lock: threading.RLock = field(default_factory=threading.RLock)
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    hooks: Hooks = field(default_factory=Hooks)
    accounts: dict[str, Account] = field(default_factory=dict)
    readers: set[str] = field(default_factory=set)  # logins of people who may not write
    apps: list[App] = field(default_factory=list)
    app_key: str = ""  # what Apps made of a manifest are given; "" for a new one each
    manifests: dict[str, Made] = field(default_factory=dict)  # by the code that their creation led back with
    signed_in: str = "dana"  # the login of the person at the browser
    seen_by: dict[str, frozenset[int]] = field(
        default_factory=dict
    )  # ids of repositories; who is not here sees all
    authorized: set[tuple[int, str]] = field(default_factory=set)  # App and login, once the person agreed
    grants: dict[str, Grant] = field(default_factory=dict)  # by the code that signing in led back with
    installations: list[Installation] = field(default_factory=list)
    tokens: dict[str, Token] = field(default_factory=dict)
    repositories: list[Repository] = field(default_factory=list)
    moved: dict[str, int] = field(default_factory=dict)  # names that were given up, in lower case
    pulls: list[PullRequest] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    issue_comments: list[IssueComment] = field(default_factory=list)
    check_suites: list[CheckSuite] = field(default_factory=list)
    check_runs: list[CheckRun] = field(default_factory=list)
    analyses: list[Analysis] = field(default_factory=list)
    _ids: Iterable[int] = field(default_factory=lambda: itertools.count(1001))

    def __post_init__(self) -> None:
        self.hooks.now = self.now

    @property
    def api(self) -> str:
        """The REST API's base URL: what `SUTURE_GITHUB_API_URL` is set to."""
        return f"{self.url}/api/v3"

    @property
    def unknown_calls(self) -> list[str]:
        """Calls nobody answers; a test in which one is made has found a mistake."""
        return [f"{entry.method} {entry.path}" for entry in self.journal.entries if entry.unknown]

    @property
    def comments(self) -> list[Comment]:
        return sorted((one for thread in self.threads for one in thread.comments), key=lambda one: one.id)

    def next_id(self) -> int:
        return next(iter(self._ids))

    def now(self) -> datetime:
        return (datetime.now(UTC) + self.clock_offset).replace(microsecond=0)

    def account(self, login: str, kind: str = "User") -> Account:
        """The account `login`; made when it is new."""
        found = self.accounts.get(login.lower())
        if found is None:
            found = Account(self.next_id(), login, kind)  # type: ignore[arg-type]  # callers give the literals
            self.accounts[login.lower()] = found
        return found

    def repository(self, full_name: str) -> Repository | None:
        wanted = full_name.lower()
        return next((one for one in self.repositories if one.full_name.lower() == wanted), None)

    def installation_of(self, repository: Repository) -> Installation | None:
        """The installation that covers the repository."""
        for one in self.installations:
            chosen = one.repository_ids
            if one.account is repository.owner and (chosen is None or repository.id in chosen):
                return one
        return None

    def covered(self, installation: Installation) -> list[Repository]:
        """The repositories the installation may see."""
        return [one for one in self.repositories if self.installation_of(one) is installation]

    def pull(self, repository: Repository, number: int) -> PullRequest | None:
        pulls = (one for one in self.pulls if one.repository is repository and one.number == number)
        return next(pulls, None)

    def node(self, wanted: str) -> object | None:
        """The record that GraphQL knows by this id."""
        kinds: tuple[tuple[str, Iterable[object]], ...] = (
            ("PR", self.pulls),
            ("PRR", self.reviews),
            ("PRRC", self.comments),
            ("PRRT", self.threads),
            ("IC", self.issue_comments),
            ("CR", self.check_runs),
            ("R", self.repositories),
        )
        for kind, records in kinds:
            for record in records:
                if node_id(kind, record.id) == wanted:  # type: ignore[attr-defined]  # all of them have an id
                    return record
        return None

    def close(self) -> None:
        """Stop delivering webhooks."""
        self.hooks.close()
