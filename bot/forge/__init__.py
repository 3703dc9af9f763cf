"""The forge is a port: GitHub, or a local git working copy."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from bot.records import Change, SharedConfig


class Forge(Protocol):
    """Where a change comes from."""

    def named(self) -> Change:
        """The change as far as it is known before it is read: its head, no files. Asks nobody."""
        ...

    def collect(self) -> Change:
        """The change under review, its hunks as the forge draws them. Raises ForgeError, InputError."""
        ...

    def checkout(self, change: Change) -> AbstractContextManager[Path]:
        """The head's tree, found or made, without .git; nobody writes to it."""
        ...

    def touched(self, change: Change, since: str) -> tuple[str, ...] | None:
        """The paths in which commit `since` and the head differ; None when it is not below the head."""
        ...

    def base_tree(self, change: Change) -> AbstractContextManager[Path | None]:
        """The base branch's tree as of `collect`, made like the head's; None when it is not to be had.

        The change has no say in it, so it is where a repository tells its rules.
        """
        ...

    def is_draft(self) -> bool:
        """Whether the change is not yet meant to be reviewed. Asks anew. Raises ForgeError."""
        ...

    def shared(self, change: Change) -> SharedConfig | None:
        """Where the organisation's configuration stands now; None where there is none. Raises ForgeError."""
        ...

    def shared_tree(self, found: SharedConfig | None) -> AbstractContextManager[Path | None]:
        """The tree of that commit, made like the head's; None for none."""
        ...
