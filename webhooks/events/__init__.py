"""One file an event, named as GitHub names it, with `handle(delivery, inbox)`; adding the file is all."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from importlib import import_module

from bot.jobs import Inbox
from webhooks.answer import Answer
from webhooks.delivery import Delivery

Handler = Callable[[Delivery, Inbox], Answer]


def find_handlers() -> Mapping[str, Handler]:
    """What to do about each event that has a file here, by the event's name."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    return {name: import_module(f"{__name__}.{name}").handle for name in names}
