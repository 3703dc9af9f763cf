"""The events that the App is subscribed to, against those that it waits for."""

from __future__ import annotations

from collections.abc import Iterable

from bot.doctor import Result, ok, problem, skipped
from bot.doctor.site import Site
from bot.forge.registration import EVENTS

GROUP, PLACE = "github", 50


def look(site: Site) -> Iterable[Result]:
    """What does not come."""
    app = site.app()
    if app is None:
        return [skipped("GitHub does not tell.")]
    missing = sorted(set(EVENTS) - set(app.get("events") or []))
    if missing:
        return [
            problem(
                f"The App is not subscribed to {', '.join(missing)}, and hears nothing of them.",
                "Subscribe on the App's page at GitHub, under Permissions & events.",
            )
        ]
    return [ok("The App is subscribed to all that it waits for.")]
