"""The events that the App is subscribed to, against those that it waits for."""

from __future__ import annotations

from collections.abc import Iterable

from bot.doctor import Result, ok, problem, skipped, warning
from bot.doctor.site import Site
from bot.forge.registration import EVENTS, OPTIONAL_EVENTS

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
    for event, permission in OPTIONAL_EVENTS.items():
        if permission in (app.get("permissions") or {}) and event not in (app.get("events") or []):
            return [
                warning(
                    f"The App has {permission}, but is not subscribed to {event}.",
                    "Subscribe on the App's page at GitHub, or take the permission away.",
                )
            ]
    return [ok("The App is subscribed to all that it waits for.")]
