"""Every call the stand-in got, in order, without anything secret."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.demo.github.records import Json

Kind = Literal["rest", "graphql", "git", "page"]
_TOKEN = re.compile(rb"gh[psu]_[A-Za-z0-9._-]{20,}")


@dataclass(frozen=True)
class Entry:
    """One call. `path` is as the documentation writes it ("/repos/…"), tokens in bodies are blotted out."""

    number: int
    kind: Kind
    method: str
    path: str
    route: str  # the documentation's template, "" where there is none
    query: str
    headers: Mapping[str, str]  # Authorization is reduced to its scheme
    body: bytes
    status: int
    faulty: bool  # answered by a fault that was asked for
    response: bytes
    unknown: bool = False

    @property
    def response_is_json(self) -> bool:
        return self.response[:1] in {b"{", b"["}

    @property
    def request_bytes(self) -> int:
        return len(self.body)

    @property
    def response_bytes(self) -> int:
        return len(self.response)


@dataclass
class Journal:
    """The list of all calls."""

    entries: list[Entry] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, **facts: object) -> None:
        """Append an entry; `facts` are the fields of Entry but its number."""
        for name in ("body", "response"):
            facts[name] = _TOKEN.sub(b"gh_blotted_out", facts[name])  # type: ignore[call-overload]  # both are bytes
        with self._lock:
            self.entries.append(Entry(number=len(self.entries) + 1, **facts))  # type: ignore[arg-type]  # as promised

    def calls(self, method: str = "", path: str = "", kind: Kind | None = None) -> list[Entry]:
        """Entries with this method whose path matches the regular expression `path` from its start."""
        return [
            one
            for one in self.entries
            if (not method or one.method == method)
            and re.match(path, one.path)
            and (kind is None or one.kind == kind)
        ]

    def summary(self) -> Json:
        """How many calls of each kind there were, for benches."""
        kinds: dict[str, int] = {}
        for one in self.entries:
            kinds[one.kind] = kinds.get(one.kind, 0) + 1
        return kinds
