"""Where GitHub reaches this server."""

from __future__ import annotations

from collections.abc import Iterable

from bot.doctor import Result, ok, problem, warning
from bot.doctor.site import Site, printable
from bot.errors import InputError
from bot.forge.public_address import doubts, read_address

GROUP, PLACE = "settings", 50


def look(site: Site) -> Iterable[Result]:
    """Its form, and doubts about it."""
    url = site.settings.public_url
    if not url:
        yield warning(
            "SUTURE_PUBLIC_URL is not set, so the webhook's address at GitHub cannot be compared with it.",
            "Set it to https://YOUR-HOST.",
        )
        return
    try:
        address = read_address(url)
    except InputError as exc:
        yield problem(f"SUTURE_PUBLIC_URL is {printable(url)}.", str(exc))
        return
    found = doubts(address)
    for one in found:
        yield warning(one, "Set SUTURE_PUBLIC_URL to what GitHub can reach.")
    if not found:
        yield ok(address)
