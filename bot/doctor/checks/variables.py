"""Variables that look like settings and are none: misspelt, or of another version."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from bot.doctor import Result, ok, warning
from bot.doctor.site import Site, printable
from bot.settings import read_settings

GROUP, PLACE = "settings", 10


def look(site: Site) -> Iterable[Result]:
    """A warning for each."""
    known = known_variables()
    unknown = [name for name in site.variables if name.startswith("SUTURE_") and name not in known]
    for name in unknown:
        close = difflib.get_close_matches(name, known, 1)
        meant = f"Did you mean {close[0]}?" if close else "Unset it."
        yield warning(f"{printable(name)} is no setting, and has no effect.", meant)
    if not unknown:
        yield ok("Every SUTURE_ variable is known, and can be read.")


def known_variables() -> frozenset[str]:
    """Every variable that the settings are read from."""
    asked = _Asked()
    read_settings(asked)
    return frozenset(asked.names)


class _Asked(dict[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return default
