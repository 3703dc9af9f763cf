"""Variables that look like settings and are none: misspelt, or of another version."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from bot.doctor import Result, ok, warning
from bot.doctor.site import Site, printable
from bot.settings import known_variables

GROUP, PLACE = "settings", 10


def look(site: Site) -> Iterable[Result]:
    """A warning for each."""
    known = known_variables()
    for name in site.unknown:
        close = difflib.get_close_matches(name, known, 1)
        meant = f"Did you mean {close[0]}?" if close else "Unset it."
        yield warning(f"{printable(name)} is no setting, and has no effect.", meant)
    if not site.unknown:
        yield ok("Every SUTURE_ variable is known, and can be read.")
