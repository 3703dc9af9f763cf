"""What a person asks for in a comment (`/suture review`) or by a button, and how it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_REST = 500  # characters
_LINE = re.compile(r"/suture(?:[ \t]+(\S+)(?:[ \t]+(.*))?)?[ \t]*", re.IGNORECASE)
_WORD = re.compile(r"[a-z]{1,20}")


@dataclass(frozen=True, slots=True)
class Command:
    """One command. Whether who gave it may is not known yet, nor whether anybody knows the word."""

    installation_id: int
    repository_id: int
    repository: str  # "owner/name" at the time of the delivery; the id is the authority
    number: int
    login: str
    word: str  # lower-case letters; "" for anything else
    rest: str  # what follows on the line: a stranger's words
    asked_at: str  # GitHub's time of the comment: what was pushed later is not meant; "" for a button
    delivery: str
    comment_id: int = 0  # 0 where a button was pressed
    thread_id: int = 0  # the first comment of the review thread that the comment is in, if it is in one

    @property
    def is_button(self) -> bool:
        """Whether a button was pressed: then `rest` is none of a stranger's."""
        return not self.comment_id

    @property
    def comment(self) -> str:
        """The comment that it is, told from every other of both kinds; "" for a button."""
        kind = "line" if self.thread_id else "conversation"
        return f"{kind} {self.repository_id} {self.comment_id}" if self.comment_id else ""


@dataclass(frozen=True, slots=True)
class Dismissal:
    """That somebody who may write does not want a finding reported on a pull request any more."""

    fingerprint: str
    login: str
    reason: str  # a person's words
    by_author: bool  # whether it was the pull request's own author


def read_words(body: str) -> tuple[str, str] | None:
    """Word and rest of the command on a comment's first line that is not blank; None when there is none."""
    first, _, _ = body.lstrip().partition("\n")
    match = _LINE.fullmatch(first.rstrip("\r"))
    if match is None:
        return None
    word = (match[1] or "").lower()
    rest = " ".join((match[2] or "").split())
    return (word if _WORD.fullmatch(word) else "", rest[:MOST_REST])
