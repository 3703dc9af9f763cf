"""A merge queue at GitHub: what our check run says of a queued pull request, and our answer to the queue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.errors import GoneError
from bot.forge import checks
from bot.forge.answers import read_pull, understood
from bot.forge.api import Api, Pauses
from bot.forge.app_auth import GROUP_RIGHTS, Tokens
from bot.forge.carry_out import Target
from bot.forge.markers import CHECK_NAME, read_external_id
from bot.forge.writes import CompleteCheck
from bot.records import MergeGroup
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Seen:
    """The last check run of ours that has ended on a pull request's present head."""

    head_sha: str
    conclusion: str
    title: str  # may quote what strangers wrote


class MergeQueue:
    """One merge group's view of GitHub. Everything may be done twice. Raises ForgeError."""

    def __init__(self, group: MergeGroup, settings: Settings, tokens: Tokens) -> None:
        self._group = group
        self._api = Api(
            settings.github_api_url,
            lambda: tokens.token(group.installation_id, group.repository_id, GROUP_RIGHTS),
            Pauses(settings.read_interval, settings.write_interval),
        )

    @cached_property
    def _pull(self) -> Any:
        group = self._group
        pull = read_pull(self._api.call("GET", f"/repos/{group.repository}/pulls/{group.number}"))
        if pull.repository_id != group.repository_id:
            raise GoneError(f"{group.repository} is another repository now than when this was asked.")
        return pull

    def seen(self) -> Seen | None:
        """What is known of the pull request as it is now; None when no review of its head has ended."""
        path = f"/repos/{self._pull.repository}/commits/{self._pull.head_sha}/check-runs"
        asked = {"check_name": CHECK_NAME, "filter": "all"}
        ended: list[Any] = []
        with understood("check runs"):
            for run in self._api.pages(path, asked, within="check_runs"):
                key = read_external_id(run["external_id"] or "")
                ours = key is not None and key[:2] == (self._group.repository_id, self._group.number)
                if ours and run["status"] == "completed" and run["conclusion"] != "cancelled":
                    ended.append(run)
            if not ended:
                return None
            last = max(ended, key=lambda run: run["id"])
            return Seen(self._pull.head_sha, last["conclusion"], last["output"]["title"] or "")

    def answer(self, write: CompleteCheck) -> str:
        """End our check run on the queue's commit; its address."""
        target = Target(self._api, self._pull.repository, self._group.number, _nothing_stands)
        return checks.complete_check(target, write)


def _nothing_stands() -> Any:
    raise NotImplementedError("A check run asks for nothing of the pull request.")
