"""How many calls are left."""

from __future__ import annotations

from collections.abc import Iterable

from bot.doctor import Result, ok, skipped, warning
from bot.doctor.checks.access import MOST
from bot.doctor.checks.installations import login_of
from bot.doctor.site import Site

GROUP, PLACE = "github", 90
_FEW = 0.1


def look(site: Site) -> Iterable[Result]:
    """Each installation that has used nearly all of its hour."""
    asked = [one for one in site.installations() or [] if not one.get("suspended_at")][:MOST]
    counted = 0
    for one in asked:
        seen = site.as_installation(int(one["id"]), "/rate_limit")
        rate = seen.body.get("rate") if seen and seen.status == 200 and isinstance(seen.body, dict) else None
        if not isinstance(rate, dict) or not rate.get("limit"):
            continue
        counted += 1
        left = int(rate["remaining"]) / int(rate["limit"])
        if left < _FEW:
            minutes = max(int(rate["reset"]) - site.clock(), 0) / 60
            yield warning(
                f"{login_of(one)} has {rate['remaining']} of {rate['limit']} calls left in this hour.",
                f"Reviews wait until it is over, in {minutes:.0f} minutes. Another program with the same App "
                "would use them too; SUTURE_READ_INTERVAL_S slows this one down.",
            )
            counted = -len(asked)
    if counted > 0:
        yield ok("Every installation has calls left.")
    elif counted == 0:
        yield skipped("GitHub does not tell, or sets no limit.")
