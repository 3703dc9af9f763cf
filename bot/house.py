"""Whom the pipeline works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.budget import Purse
from bot.config import Config
from bot.config.layers import Host
from bot.forge import Forge
from bot.publish import Publisher
from bot.records import Dismissal, Outcome
from bot.regression.lab import Lab
from bot.regression.recheck import Memory
from bot.review.panel import Panel


def _nowhere(_outcome: Outcome) -> None:
    """The archive of who keeps nothing."""


@dataclass(frozen=True, slots=True)
class House:
    """The change's origin, who reviews, where tests run, who tells people.

    The purse is the one that the panel pays from. Without a memory no test of an earlier head is run, and
    everything is looked at, as it is when the `whole` is asked for. `who` stands for the reviewers' settings.
    """

    forge: Forge
    panel: Panel
    lab: Lab
    publisher: Publisher
    purse: Purse = field(default_factory=Purse)
    memory: Memory | None = None
    dismissals: Callable[[], tuple[Dismissal, ...]] = tuple
    whole: bool = False
    who: str = ""
    archive: Callable[[Outcome], None] = _nowhere  # may be done twice
    host: Host = field(default_factory=Host)  # what the operator says and allows
    draft: bool = False  # the job is a draft's; see `Job`

    def as_asked(self, config: Config) -> House:
        """The same house, with the models, budget and tests' environment that are asked for."""
        if config.budget:
            self.purse.lower(config.budget.entry, config.budget.path)
        panel, lab = self.panel.speaking_as(config.models), self.lab.as_asked(config.tests)
        return replace(self, panel=panel, lab=lab)
