"""Puts together, by the settings, the reviewers and the lab that a job or a command works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bot.environments import Environment
from bot.environments.asked import Maker
from bot.environments.build import build_environment
from bot.environments.interpreter import active_environment, interpreter_environment
from bot.errors import SettingsError
from bot.regression.lab import Lab
from bot.regression.languages.python import Python
from bot.review.claude.clouds import can_reach_claude
from bot.review.panel import Panel
from bot.review.reviewers import Reviewer
from bot.sandbox import Sandbox
from bot.sandbox.choose import open_sandbox
from bot.settings import Settings
from bot.step import never


def build_panel(settings: Settings) -> Panel:
    """The reviewers that `settings.reviewer` asks for: auto is Claude, where there is a key, and the rules.

    Raises SettingsError for an unknown name, and for claude without a key.
    """
    has_key = settings.reviewer != "rules" and can_reach_claude(settings.claude_via, settings.inherited)
    if settings.reviewer == "claude" and not has_key:
        raise SettingsError("The reviewer claude needs a key: set ANTHROPIC_API_KEY, or choose rules.")
    reviewers: dict[str, tuple[str, ...]] = {
        "auto": ("claude", "rules") if has_key else ("rules",),
        "claude": ("claude",),
        "rules": ("rules",),
    }
    if settings.reviewer not in reviewers:
        raise SettingsError(f"SUTURE_REVIEWER is {settings.reviewer!r}; it has to be auto, claude or rules.")
    return Panel(tuple(_reviewer(name, settings) for name in reviewers[settings.reviewer]))


def _reviewer(name: str, settings: Settings) -> Reviewer:
    # libcst and the SDK take long to load and much memory, so only those who use them do
    if name == "rules":
        from bot.review.reviewers.rules import Rules  # noqa: PLC0415

        return Rules()
    from bot.review.claude.client import build_client  # noqa: PLC0415
    from bot.review.reviewers.claude import claude_reviewer  # noqa: PLC0415

    return claude_reviewer(settings, build_client(settings.claude_via, settings.inherited))


def who_reviews(settings: Settings) -> str:
    """Another text when the settings let somebody else review, or in another way."""
    said = (settings.model, settings.model_fallback, settings.effort, settings.thinking, settings.samples)
    return repr((said, sorted(settings.stages.items())))


def build_lab(
    settings: Settings,
    sandbox: Sandbox,
    *,
    python: str = "",
    hidden: tuple[Path, ...] = (),
    python_path: tuple[str, ...] = (),
    cancelled: Callable[[], bool] = never,
) -> Lab:
    """The lab: with the interpreter `python`, or, when it is empty, an environment built for each tree."""

    def named(_tree: Path) -> Environment:
        return interpreter_environment(python, hidden)

    maker: Maker = named if python else _Built(settings, sandbox)
    return Lab(sandbox, (Python(),), maker, cancelled, settings.test_budget, python_path)


@dataclass(frozen=True, slots=True)
class _Built:
    """Builds an environment for each tree, of which many need the same."""

    settings: Settings
    sandbox: Sandbox
    packages: tuple[str, ...] = ()
    python: str = ""

    def __call__(self, tree: Path) -> Environment:
        pool, inherited = self.settings.cache / "environments", self.settings.inherited
        return build_environment(
            tree, pool, inherited, self.sandbox, packages=self.packages, python=self.python
        )

    def with_more(self, packages: tuple[str, ...], python: str) -> Maker:
        return replace(self, packages=packages, python=python)


def local_lab(
    settings: Settings, repository: Path, python: str | None, python_path: tuple[str, ...] = ()
) -> Lab:
    """The lab of a command line: the named interpreter, else the active environment's, else one is built."""
    chosen = python or settings.python or active_environment(settings.virtual_env) or ""
    hidden = (repository.resolve(),)
    return build_lab(settings, open_sandbox(settings), python=chosen, hidden=hidden, python_path=python_path)
