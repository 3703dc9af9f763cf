"""Faults a test asks for: a 502 after the write took effect, a limit that was hit, a push in between."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.demo.github.records import Json


@dataclass
class Fault:
    """A fault that waits for its call."""

    method: str
    path: re.Pattern[str]
    body: re.Pattern[str]
    status: int  # 0 lets the call through after `before` was called
    times: int
    took_effect: bool
    headers: Mapping[str, str]
    answer: Json | bytes  # bytes for what is no JSON
    before: Callable[[], None] | None


@dataclass
class Faults:
    """Asked at every call. Paths match from their start: "/repos/…", "/graphql", "/OWNER/REPO.git/…"."""

    waiting: list[Fault] = field(default_factory=list)

    def add(
        self,
        method: str,
        path_regex: str,
        status: int = 502,
        times: int = 1,
        *,
        took_effect: bool = False,
        headers: Mapping[str, str] | None = None,
        answer: Json | bytes | None = None,
        body_regex: str = "",
        before: Callable[[], None] | None = None,
    ) -> None:
        """The next `times` matching calls get `status`; with `took_effect` they are carried out all the same.

        `before` is called first; with `status=0` the call then goes its usual way.
        """
        answer = {"message": "Server Error"} if answer is None else answer
        self.waiting.append(
            Fault(
                method.upper(),
                re.compile(path_regex),
                re.compile(body_regex, re.DOTALL),
                status,
                times,
                took_effect,
                dict(headers or {}),
                answer,
                before,
            )
        )

    def secondary_limit(self, method: str, path_regex: str, times: int = 1, retry_after: int = 1) -> None:
        """The next calls are told to slow down, as GitHub does after too many writes."""
        message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        headers = {"Retry-After": str(retry_after)}
        self.add(method, path_regex, 403, times, headers=headers, answer={"message": message})

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        """The fault this call meets; it is used up by that."""
        for fault in self.waiting:
            text = body.decode(errors="replace")
            if fault.method == method and fault.path.match(path) and fault.body.search(text):
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None
