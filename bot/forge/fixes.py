"""Our fix commits at GitHub: found and recognised, and put on the branch of a pull request."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.forge.answers import understood
from bot.forge.api import Api
from bot.forge.carry_out import query
from bot.forge.markers import FIX_BRANCHES, TRAILER

_TRAILER = re.compile(rf"^{TRAILER}: ([0-9a-f]+)$", re.MULTILINE)
_WRITTEN = frozenset({"added", "modified", "changed"})


@dataclass(frozen=True, slots=True)
class FixCommit:
    """A commit that our App made and GitHub signed, with one parent: the fix of one finding, and its test."""

    sha: str
    parent: str
    fingerprint: str
    subject: str
    body: str
    url: str
    files: tuple[tuple[str, str], ...]  # path, and the id of what it holds


class Fixes:
    """One repository's fix commits. Raises ForgeError."""

    def __init__(self, api: Api, repository: str) -> None:
        self._api = api
        self._repository = repository
        self._path = f"/repos/{repository}"
        self._bot = 0

    @property
    def bot(self) -> int:
        """The id of our App's bot."""
        if not self._bot:
            answer = self._api.graphql(query("viewer"), {})
            with understood("our App"):
                self._bot = int(answer["viewer"]["databaseId"])
        return self._bot

    def branches(self, number: int) -> Mapping[str, str]:
        """The fix branches of a pull request by name, with their tips. Anybody who may write can make one."""
        answer = self._api.call("GET", f"{self._path}/git/matching-refs/heads/{FIX_BRANCHES}pr-{number}-")
        with understood("branches"):
            return {one["ref"].removeprefix("refs/heads/"): one["object"]["sha"] for one in answer}

    def read(self, sha: str) -> FixCommit | None:
        """The commit, if it is a fix of ours."""
        answer = self._api.call("GET", f"{self._path}/commits/{sha}")
        with understood("a commit"):
            message, verified = answer["commit"]["message"], answer["commit"]["verification"]["verified"]
            trailer = _TRAILER.findall(message)
            files = answer.get("files") or []
            author = (answer["author"] or {}).get("id")
            if not verified or author != self.bot or len(answer["parents"]) != 1 or len(trailer) != 1:
                return None
            if not files or any(one["status"] not in _WRITTEN for one in files):
                return None
            subject, _, body = message.partition("\n\n")
            parent, url = answer["parents"][0]["sha"], answer["html_url"]
            held = tuple((one["filename"], one["sha"]) for one in files)
            return FixCommit(answer["sha"], parent, trailer[0], subject, body, url, held)

    def put(self, fix: FixCommit, branch: str, tip: str) -> FixCommit:
        """The same files on another branch, as one commit on its tip. Raises RefusedError if it moved."""
        commit = {
            "branch": {"repositoryNameWithOwner": self._repository, "branchName": branch},
            "expectedHeadOid": tip,
            "message": {"headline": fix.subject, "body": fix.body},
            "fileChanges": {
                "additions": [{"path": path, "contents": self._content(blob)} for path, blob in fix.files]
            },
        }
        answer = self._api.graphql(query("commit"), {"commit": commit})
        with understood("the fix commit"):
            made = answer["createCommitOnBranch"]["commit"]
            return FixCommit(made["oid"], tip, fix.fingerprint, fix.subject, fix.body, made["url"], fix.files)

    def _content(self, blob: str) -> str:
        answer: Any = self._api.call("GET", f"{self._path}/git/blobs/{blob}")
        with understood("a file"):
            return base64.b64encode(base64.b64decode(answer["content"])).decode()
