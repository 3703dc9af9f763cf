"""The talk about one command on a pull request: may they, and how they learn what came of it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Container
from dataclasses import dataclass
from typing import Any, Literal

from bot.errors import ForgeError, ForgeUnavailable, GoneError
from bot.forge import threads
from bot.forge.answers import Pull, read_pull, understood
from bot.forge.app_auth import APPLY_RIGHTS, TALK_RIGHTS, Tokens
from bot.forge.markers import answer_line
from bot.records import Command
from bot.settings import Settings

_log = logging.getLogger("suture.forge")
Reaction = Literal["+1", "-1", "confused", "eyes"]

_MAY_WRITE = frozenset({"admin", "write"})  # GitHub's base roles; maintain counts as write


@dataclass(frozen=True, slots=True)
class Said:
    """A comment on a line, and the id of who wrote it (0: an account that is gone)."""

    author: int
    body: str


class Conversation:
    """One command's view of GitHub. Everything may be done twice; nothing shows twice. Raises ForgeError."""

    def __init__(self, asked: Command, settings: Settings, tokens: Tokens) -> None:
        self._asked = asked
        there = (asked.installation_id, asked.repository_id)
        self.api = tokens.api(*there, TALK_RIGHTS)
        self.writing = tokens.api(*there, APPLY_RIGHTS)  # may change branches too: for words that do
        self._tokens = tokens

    @property
    def path(self) -> str:
        """The repository's address in the API."""
        return f"/repos/{self._asked.repository}"

    def lacks(self) -> str:
        """The permission that the installation does not give, to write to the repository; empty for none."""
        asked = self._asked
        return self._tokens.lacks(asked.installation_id, asked.repository_id, APPLY_RIGHTS)

    def may_write(self) -> bool:
        """Whether who gave the command may write to the repository."""
        try:
            answer = self.api.call("GET", f"{self.path}/collaborators/{self._asked.login}/permission")
        except GoneError:
            return False
        with understood("the permission of a commenter"):
            return answer["permission"] in _MAY_WRITE

    def pull(self) -> Pull:
        """The pull request as it is now. Raises GoneError when its repository is another one than it was."""
        asked = self._asked
        pull = read_pull(self.api.call("GET", f"{self.path}/pulls/{asked.number}"))
        if pull.repository_id != asked.repository_id:
            raise GoneError(f"{asked.repository} is another repository now than when this was asked.")
        return pull

    def comment(self, comment_id: int) -> Said:
        """A comment on a line."""
        answer = self.api.call("GET", f"{self.path}/pulls/comments/{comment_id}")
        with understood("a comment"):
            return Said((answer["user"] or {}).get("id", 0), answer["body"] or "")

    def set_resolved(self, findings: Container[str], *, resolved: bool) -> None:
        """Resolve, or open again, the threads of our comments on these findings.

        Where GitHub does not let us, they stay as they are.
        """
        for own in threads.own_comments(self.api, self._asked.repository, self._asked.number):
            if own.fingerprint in findings:
                try:
                    threads.set_resolved(self.writing, own, resolved=resolved)
                except ForgeUnavailable:
                    raise
                except ForgeError as error:
                    _log.warning("a thread stays as it is", extra={"reason": str(error)})

    def react(self, reaction: Reaction) -> None:
        """React to the comment; to a pressed button nobody can."""
        if not self._asked.comment_id:
            return
        kind = "pulls" if self._asked.thread_id else "issues"
        place = f"{self.path}/{kind}/comments/{self._asked.comment_id}/reactions"
        self.api.call("POST", place, {"content": reaction})

    def say(self, text: str) -> None:
        """Answer, where the command was given, unless this delivery was answered before."""
        # Nobody but GitHub and us knows a delivery's GUID, so nobody else can have written the line.
        self._say(text, self._asked.delivery, self._asked.asked_at)

    def refuse(self, text: str) -> None:
        """Answer, unless this person was refused on this pull request before."""
        self._say(text, f"no {self._asked.repository_id} {self._asked.number} {self._asked.login.lower()}")

    def _say(self, text: str, key: str, since: str = "") -> None:
        asked = self._asked
        line = answer_line(hashlib.sha256(key.encode()).hexdigest()[:16])
        kind = "pulls" if asked.thread_id else "issues"
        comments = f"{self.path}/{kind}/{asked.number}/comments"
        query: dict[str, Any] = {"since": since} if since else {}
        with understood("comments"):
            for one in self.api.pages(comments, query):
                if (one["body"] or "").startswith(line):
                    return
        place = f"{comments}/{asked.thread_id}/replies" if asked.thread_id else comments
        self.api.call("POST", place, {"body": f"{line}\n{text}"})
