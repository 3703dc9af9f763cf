"""The names and hidden lines by which we find again what we wrote on the forge."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.records import Job

CHECK_NAME = "Suture"
FIX_BRANCHES = "suture/fix/"
TRAILER = "Suture-Finding"  # of a fix commit

# Only the first line counts: further down a body quotes code, which may hold anything.
_LINE = re.compile(
    r"\A<!-- suture:v1 (?:fp=([0-9a-f]+) )?head=([0-9a-f]+)(?: set=([0-9a-f]+))?(?: said=([a-z]+))? -->"
    r"(?:\r?\n|\Z)"
)

_KEY = re.compile(r"([0-9]{1,18}):([0-9]{1,18}):([0-9a-f]{40,64})(?::[0-9]{1,9})?")


_STACK = re.compile(rf"{FIX_BRANCHES}pr-[0-9]+-all-[0-9a-f]{{7}}")


@dataclass(frozen=True, slots=True)
class Marker:
    """A body's first line. A comment's names its finding; a review's `of` tells sets of comments apart.

    A reply's `said` is what it says of the finding on that head.
    """

    head: str  # the head the comment was anchored on; an update keeps it
    fingerprint: str = ""
    of: str = ""
    said: str = ""

    def __str__(self) -> str:
        finding = f"fp={self.fingerprint} " if self.fingerprint else ""
        comments = f" set={self.of}" if self.of else ""
        said = f" said={self.said}" if self.said else ""
        return f"<!-- suture:v1 {finding}head={self.head}{comments}{said} -->"


def external_id(job: Job) -> str:
    """The check run's key of our own. Every requested re-run has a check run of its own."""
    again = f":{job.attempt}" if job.attempt > 1 else ""
    return f"{job.repository_id}:{job.number}:{job.head_sha}{again}"


def read_external_id(text: str) -> tuple[int, int, str] | None:
    """Repository id, number and head of a key; None when it is none of ours."""
    match = _KEY.fullmatch(text)
    return (int(match[1]), int(match[2]), match[3]) if match else None


def review_marker(head: str, fingerprints: Iterable[str]) -> Marker:
    """The marker of the review that posts these findings on this head."""
    joined = "\n".join(sorted(fingerprints))
    return Marker(head, of=hashlib.sha256(joined.encode()).hexdigest()[:12])


def find(body: str) -> Marker | None:
    """The marker of a body, or None. Ask only for bodies that our App wrote: anybody can type a marker."""
    match = _LINE.match(body)
    return Marker(match[2], match[1] or "", match[3] or "", match[4] or "") if match else None


def answer_line(key: str) -> str:
    """The first line of an answer to a command, by which it is found again."""
    return f"<!-- suture:v1 answer={key} -->"


def stack_name(number: int, head_sha: str) -> str:
    """The branch of all fixes of one head: nobody ever has to move it."""
    return f"{FIX_BRANCHES}pr-{number}-all-{head_sha[:7]}"


def is_stack(branch: str) -> bool:
    """Whether the branch's name is one of those."""
    return _STACK.fullmatch(branch) is not None
