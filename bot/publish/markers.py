"""The hidden first line of everything we write on a pull request: by it we find our own words again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

# Only the first line counts: further down a body quotes code, which may hold anything.
_LINE = re.compile(
    r"\A<!-- suture:v1 (?:fp=([0-9a-f]+) )?head=([0-9a-f]+)(?: set=([0-9a-f]+))? -->(?:\r?\n|\Z)"
)


@dataclass(frozen=True, slots=True)
class Marker:
    """A comment's has the finding's fingerprint; a review's has `of`, which tells sets of comments apart."""

    head: str  # the head the comment was anchored on; an update keeps it
    fingerprint: str = ""
    of: str = ""

    def __str__(self) -> str:
        finding = f"fp={self.fingerprint} " if self.fingerprint else ""
        comments = f" set={self.of}" if self.of else ""
        return f"<!-- suture:v1 {finding}head={self.head}{comments} -->"


def review_marker(head: str, fingerprints: Iterable[str]) -> Marker:
    """The marker of the review that posts these findings on this head."""
    joined = "\n".join(sorted(fingerprints))
    return Marker(head, of=hashlib.sha256(joined.encode()).hexdigest()[:12])


def find(body: str) -> Marker | None:
    """The marker of a body, or None. Ask only for bodies that our App wrote: anybody can type a marker."""
    match = _LINE.match(body)
    return Marker(match[2], match[1] or "", match[3] or "") if match else None
