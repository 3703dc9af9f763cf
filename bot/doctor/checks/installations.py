"""Where the App is installed, and whether it may work there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.doctor import Result, ok, skipped, warning
from bot.doctor.checks.permissions import missing_of
from bot.doctor.site import Site, printable

GROUP, PLACE = "github", 80


def look(site: Site) -> Iterable[Result]:
    """Each that is suspended, or has not accepted the App's permissions."""
    app, found = site.app(), site.installations()
    if app is None or found is None:
        yield skipped("GitHub does not tell.")
        return
    if not found:
        page = printable(str(app.get("html_url")))
        yield warning("The App is installed nowhere.", f"Install it: {page}/installations/new")
        return
    told = [one for installation in found if (one := _trouble(app, installation))]
    yield from told
    allowed = {one.lower() for one in site.settings.allowed_accounts}
    barred = sorted(login_of(one) for one in found if allowed and login_of(one).lower() not in allowed)
    if barred:
        yield warning(
            f"Deliveries of {', '.join(barred)} are left alone: SUTURE_ALLOWED_ACCOUNTS does not name them.",
            "Add them there, or uninstall the App from them.",
        )
    if not told and not barred:
        yield ok(f"Installed on {len(found)} account{'' if len(found) == 1 else 's'}, with its permissions.")


def login_of(installation: Mapping[str, Any]) -> str:
    """The name of the account."""
    return printable(str((installation.get("account") or {}).get("login")))


def _trouble(app: Mapping[str, Any], installation: Mapping[str, Any]) -> Result | None:
    login, page = login_of(installation), printable(str(installation.get("html_url")))
    if installation.get("suspended_at"):
        return warning(f"The installation on {login} is suspended.", f"An owner can end that: {page}")
    own = missing_of(app.get("permissions") or {})
    lacking = [name for name in missing_of(installation.get("permissions") or {}) if name not in own]
    if lacking:
        return warning(
            f"{login} has not accepted the App's new permissions ({', '.join(lacking)}).",
            f"An owner has to accept them: {page}",
        )
    return None
