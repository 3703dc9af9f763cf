"""The repository with an organisation's configuration, read by git: its default branch as of a commit."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from bot.errors import GoneError
from bot.forge.address import web_url
from bot.forge.app_auth import Tokens
from bot.forge.checkout import Mirror
from bot.records import SharedConfig
from bot.settings import Settings

_log = logging.getLogger("suture.forge")
DEFAULT_BRANCH = "HEAD"  # as git calls it at the other end


@dataclass(frozen=True, slots=True)
class SharedRepository:
    """Where the organisation of a reviewed repository says what holds for all of its own."""

    settings: Settings
    tokens: Tokens

    def find(self, reviewed: str) -> SharedConfig | None:
        """Its present commit; None where there is none or the App is not installed on it, which is logged.

        Raises ForgeError for any other fault, which must not pass for "no configuration".
        """
        name = self.settings.config_repository.replace("{owner}", reviewed.partition("/")[0])
        if not name:
            return None
        try:
            return self._fetched(name)
        except GoneError as why:
            _log.info("no shared configuration", extra={"repository": name, "reason": str(why)})
            return None

    def tree(self, found: SharedConfig) -> Path:
        """Its files as of that commit. Raises GoneError, ForgeError."""
        mirror = self._mirror(found.repository_id)
        if not mirror.tree(found.sha).is_dir() and not mirror.has(found.sha):
            self._fetched(found.repository)
            if not mirror.has(found.sha):
                raise GoneError(f"Commit {found.sha[:12]} is not in {found.repository} (any more).")
        return mirror.export(found.sha)

    def _fetched(self, name: str) -> SharedConfig:
        repository_id, token = self.tokens.reader(name)
        mirror = self._mirror(repository_id)
        mirror.fetch(web_url(self.settings.github_api_url), name, (DEFAULT_BRANCH,), token)
        return SharedConfig(name, repository_id, mirror.tip(DEFAULT_BRANCH))

    def _mirror(self, repository_id: int) -> Mirror:
        return Mirror(self.settings.data, repository_id)
