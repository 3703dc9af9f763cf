"""Who may set up: whoever opened the link on the console, once, for an hour, in that browser."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

LIFE = 3600.0  # seconds, of the link and again of what it opened
_MOST_PLANS = 20


class Pass(StrEnum):
    """What became of a token."""

    GOOD = "good"
    WRONG = "wrong"
    USED = "used"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Plan:
    """An App that was asked for: whose, and where this server is."""

    name: str
    organization: str  # "" for a personal App
    public_url: str
    back_to: str  # the origin that the browser is at


class Session:
    """One process's set-up. Nothing of it outlives the process. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.token = secrets.token_urlsafe(32)
        self.cookie = secrets.token_urlsafe(32)
        self.form = secrets.token_urlsafe(32)  # what a form of ours brings back
        self._clock = clock
        self._lock = threading.Lock()
        self._ends = clock() + LIFE
        self._opened = False
        self._plans: dict[str, Plan] = {}

    def open(self, token: str) -> Pass:
        """Use the token up; it opens the session for another hour."""
        with self._lock:
            if not _same(token, self.token):
                return Pass.WRONG
            if self._opened:
                return Pass.USED
            if self._clock() >= self._ends:
                return Pass.LATE
            self._opened = True
            self._ends = self._clock() + LIFE
            return Pass.GOOD

    def knows(self, cookie: str) -> bool:
        """Whether the cookie is that of the browser that opened the link, within the hour."""
        with self._lock:
            return self._opened and self._clock() < self._ends and _same(cookie, self.cookie)

    def keep(self, plan: Plan) -> str:
        """A new state to give to GitHub, by which the plan is found again."""
        with self._lock:
            while len(self._plans) >= _MOST_PLANS:
                self._plans.pop(next(iter(self._plans)))
            state = secrets.token_urlsafe(32)
            self._plans[state] = plan
            return state

    def plan_of(self, state: str) -> Plan | None:
        """The plan of a state that was given to GitHub, else None."""
        with self._lock:
            return next((plan for known, plan in self._plans.items() if _same(state, known)), None)

    @property
    def latest(self) -> Plan | None:
        """The plan that was kept last."""
        with self._lock:
            return next(reversed(self._plans.values()), None)

    def is_own_form(self, word: str) -> bool:
        """Whether a form that brings this word is one of ours."""
        return _same(word, self.form)


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(), known.encode())
