"""What models may cost: ceilings for a finding, a review, and a day of a repository, an installation, or all.

A call is written into the ledger before it is made, with what it may cost at most, and settled after it with
what it did cost. So no ceiling is passed, whoever dies in between and however many call side by side.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from bot.ceilings import Budget, Ceiling
from bot.errors import BudgetSpent, Superseded
from bot.records import Usage
from bot.step import never

LEAST_OUTPUT = 2_000  # tokens; with fewer left a call is not worth making
CACHED = 0.1  # of a token's weight has one that is read from the cache
_MINUTE = 60.0
_POLL = 1.0  # seconds between looks at whether the job has to give way


def today() -> str:
    """The day that is counted, in UTC, as YYYY-MM-DD."""
    return datetime.now(UTC).date().isoformat()


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose calls are summed; what is None may be anything."""

    job: str | None = None
    finding: str | None = None
    repository_id: int | None = None
    installation_id: int | None = None
    day: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One call of the ledger, with what it may cost or did cost."""

    job: str
    finding: str  # "" for a call about the whole change
    repository_id: int
    installation_id: int
    day: str
    usage: Usage

    def is_in(self, scope: Scope) -> bool:
        pairs = (
            (scope.job, self.job), (scope.finding, self.finding), (scope.repository_id, self.repository_id),
            (scope.installation_id, self.installation_id), (scope.day, self.day),
        )  # fmt: skip
        return all(wanted is None or wanted == own for wanted, own in pairs)


class Ledger(Protocol):
    """Where calls are written down. `bot.jobs.spending` keeps them in the jobs' database. Thread-safe."""

    def open(self, entry: Entry) -> str:
        """Write down a call that is about to be made; its id."""
        ...

    def close(self, call: str, usage: Usage) -> None:
        """Put what it did cost in the place of what it might."""
        ...

    def total(self, scope: Scope) -> Usage:
        """The sum of all calls in the scope; `usd` counts those whose price is known."""
        ...

    def calls_within(self, seconds: float) -> int:
        """How many calls were opened in the last so many seconds."""
        ...


class MemoryLedger:
    """The ledger of one process: of a command line, which has no day before or after it."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._opened: list[float] = []
        self._lock = threading.Lock()

    def open(self, entry: Entry) -> str:
        with self._lock:
            call = str(len(self._entries))
            self._entries[call] = entry
            self._opened.append(time.monotonic())
            return call

    def close(self, call: str, usage: Usage) -> None:
        with self._lock:
            self._entries[call] = replace(self._entries[call], usage=usage)

    def total(self, scope: Scope) -> Usage:
        with self._lock:
            found = [one.usage for one in self._entries.values() if one.is_in(scope)]
        return sum((replace(one, usd=one.usd or 0.0) for one in found), Usage())

    def calls_within(self, seconds: float) -> int:
        since = time.monotonic() - seconds
        with self._lock:
            return sum(at >= since for at in self._opened)


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays: one review of a repository of an installation."""

    job: str = ""
    repository_id: int = 0
    installation_id: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that is to be made: its input as estimated, the longest reply, and what tokens cost.

    `usd` gives the price of so many tokens in and out, None when it is not known: then only tokens count.
    """

    finding: str
    input_tokens: int
    output_tokens: int
    usd: Callable[[int, int], float | None]


@dataclass(slots=True)
class Grant:
    """What a call may take. Whoever makes it says in `usage` what it took."""

    output_tokens: int
    usage: Usage = field(default_factory=lambda: Usage(model_calls=1))


@dataclass(slots=True)
class Purse:
    """One review's money. Several threads may pay from it at once: one waits until the others' calls end
    where their estimates leave it no room, and all wait while `calls_per_minute` (0: any number) were made,
    by whomever the ledger is shared with.
    """

    ledger: Ledger = field(default_factory=MemoryLedger)
    budget: Budget = field(default_factory=Budget)
    account: Account = field(default_factory=Account)
    cancelled: Callable[[], bool] = never
    calls_per_minute: int = 0
    warm: set[tuple[str, str]] = field(default_factory=set)  # models, and what each has in its cache
    _free: threading.Condition = field(default_factory=threading.Condition)
    _under_way: int = 0
    _host: Budget | None = None  # before it was lowered
    _by: str = ""

    @contextmanager
    def paying(self, wanted: Wanted) -> Iterator[Grant]:
        """Room for one call. Raises BudgetSpent for none, Superseded when the job has to give way."""
        grant, call = self._open(wanted)
        try:
            yield grant
        finally:
            self.ledger.close(call, grant.usage)
            with self._free:
                self._under_way -= 1
                self._free.notify_all()

    def spent(self) -> Usage:
        """What this review's calls took so far, those that failed included."""
        return self.ledger.total(Scope(job=self.account.job))

    def lower(self, budget: Budget, by: str) -> None:
        """From now on keep to this budget, which is written in `by`."""
        self.budget, self._host, self._by = budget, self._host or self.budget, by

    def _open(self, wanted: Wanted) -> tuple[Grant, str]:
        with self._free:
            while True:
                if self.cancelled():
                    raise Superseded("This review was asked to stop, so no model is asked any more.")
                if self.calls_per_minute and self.ledger.calls_within(_MINUTE) >= self.calls_per_minute:
                    self._free.wait(_POLL)
                    continue
                output, problem = self._room(wanted)
                if not problem:
                    break
                if not self._under_way:
                    raise BudgetSpent(problem)
                self._free.wait(_POLL)
            self._under_way += 1
            return Grant(output), self.ledger.open(self._entry(wanted, output))

    def _entry(self, wanted: Wanted, output: int) -> Entry:
        most = Usage(1, wanted.input_tokens, 0, 0, output, wanted.usd(wanted.input_tokens, output))
        one = self.account
        return Entry(one.job, wanted.finding, one.repository_id, one.installation_id, today(), most)

    def _room(self, wanted: Wanted) -> tuple[int, str]:
        """How long the reply may be; or 0 and the sentence about the ceiling that leaves no room."""
        output = wanted.output_tokens
        for name, (scope, ceiling) in self._scopes(wanted.finding).items():
            if ceiling == Ceiling():
                continue
            left = _left(ceiling, self.ledger.total(scope), wanted)
            if left < min(LEAST_OUTPUT, wanted.output_tokens):
                return 0, _sentence(name, ceiling, self.ledger.total(scope), self._raised_by(name))
            output = min(output, left)
        return output, ""

    def _raised_by(self, name: str) -> str:
        """What somebody has to change for more room."""
        key = name.lower()
        if self._host and getattr(self._host, key) != getattr(self.budget, key):
            return f"`budget` in {self._by}"
        return f"SUTURE_BUDGET_{name}"

    def _scopes(self, finding: str) -> Mapping[str, tuple[Scope, Ceiling]]:
        budget, one, day = self.budget, self.account, today()
        installation = Scope(installation_id=one.installation_id, day=day)
        scopes = {
            "PULL_REQUEST": (Scope(job=one.job), budget.pull_request),
            "REPOSITORY_DAY": (Scope(repository_id=one.repository_id, day=day), budget.repository_day),
            "INSTALLATION_DAY": (installation, budget.installation_day),
            "DAY": (Scope(day=day), budget.day),
        }
        return scopes | ({"FINDING": (Scope(one.job, finding), budget.finding)} if finding else {})


def _left(ceiling: Ceiling, spent: Usage, wanted: Wanted) -> int:
    """Tokens that a reply may have under this ceiling; 0 when the request alone passes it."""
    if ceiling.input_tokens is not None and _weight(spent) + wanted.input_tokens > ceiling.input_tokens:
        return 0
    output = wanted.output_tokens
    if ceiling.output_tokens is not None:
        output = min(output, ceiling.output_tokens - spent.output_tokens)
    asking, answer = wanted.usd(wanted.input_tokens, 0), wanted.usd(0, 1_000_000)
    if ceiling.usd is not None and asking is not None and answer:
        output = min(output, int((ceiling.usd - (spent.usd or 0.0) - asking) / answer * 1_000_000))
    return max(0, output)


def _weight(usage: Usage) -> float:
    return usage.input_tokens + usage.cache_write_tokens + CACHED * usage.cache_read_tokens


_WHOSE = {
    "FINDING": "this finding",
    "PULL_REQUEST": "this review",
    "REPOSITORY_DAY": "this repository's reviews today (UTC)",
    "INSTALLATION_DAY": "this installation's reviews today (UTC)",
    "DAY": "all reviews today (UTC)",
}


def _sentence(name: str, ceiling: Ceiling, spent: Usage, raised_by: str) -> str:
    return (
        f"The budget for {_WHOSE[name]} leaves no room for another call to a model: {_weight(spent):,.0f} "
        f"tokens in, {spent.output_tokens:,} out and ${spent.usd or 0.0:.2f} are spent of {ceiling}. "
        f"Raise {raised_by}{', or wait for tomorrow' if name.endswith('DAY') else ''}."
    )
