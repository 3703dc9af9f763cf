"""Who the App is: all of it set, in the environment or stored by set-up."""

from __future__ import annotations

import stat
from collections.abc import Iterable

from bot.credentials import open_store
from bot.credentials.file import NAME
from bot.doctor import Result, ok, problem, warning
from bot.doctor.site import Site

GROUP, PLACE = "settings", 20


def look(site: Site) -> Iterable[Result]:
    """What is missing, and whether others may read the file."""
    settings = site.settings
    missing = [] if settings.app_id else ["SUTURE_CLIENT_ID"]
    missing += [] if settings.private_key else ["SUTURE_PRIVATE_KEY_PATH"]
    missing += [] if settings.webhook_secrets else ["SUTURE_WEBHOOK_SECRET"]
    if settings.has_no_app:
        place = open_store(settings).place
        yield problem(
            f"There is no GitHub App: nothing of one is set, and nothing is stored in {place}.",
            "Run `suture serve` and open the link that it prints, or set SUTURE_CLIENT_ID, "
            "SUTURE_PRIVATE_KEY_PATH and SUTURE_WEBHOOK_SECRET.",
        )
    elif missing:
        yield problem(
            f"A part of the App is set, but not {' and not '.join(missing)}.",
            "Set that too; it stands on the App's page at GitHub. Stored credentials do not fill up a half.",
        )
    else:
        yield ok("App, private key and webhook secret are set.")
    file = settings.data / NAME
    if file.is_file() and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield warning(f"Others on this machine may read {file}.", f"chmod 600 {file}")
