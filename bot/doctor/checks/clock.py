"""This machine's clock, against GitHub's."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import parsedate_to_datetime

from bot.doctor import Result, ok, problem, skipped, warning
from bot.doctor.site import Site

GROUP, PLACE = "github", 20
_NOTICED, _REFUSED = 20.0, 55.0  # seconds; the App's signature is dated 60 seconds back
_FIX = "Let the clock be set over the network: timedatectl set-ntp true (in a container: on its host)."


def look(site: Site) -> Iterable[Result]:
    """How far it is off."""
    seen = site.as_nobody("/meta")
    try:
        theirs = parsedate_to_datetime(seen.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return [skipped("GitHub did not say what time it is.")]
    off = seen.at - theirs
    said = f"The clock is {abs(off):.0f} seconds {'ahead' if off > 0 else 'behind'}"
    if off > _REFUSED or off < -8 * 60:
        return [problem(f"{said}: GitHub refuses the App's signature.", _FIX)]
    if abs(off) > _NOTICED:
        return [warning(f"{said}.", _FIX)]
    return [ok("The clock is right.")]
