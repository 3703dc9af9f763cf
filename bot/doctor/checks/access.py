"""Does each installation let this machine in? An organization's list of allowed addresses may not."""

from __future__ import annotations

from collections.abc import Iterable

from bot.doctor import Result, ok, problem, skipped, warning
from bot.doctor.checks.installations import login_of
from bot.doctor.site import Site

GROUP, PLACE = "github", 85
MOST = 20  # installations that are asked


def look(site: Site) -> Iterable[Result]:
    """Those that refuse a token, or what it is used for."""
    asked = [one for one in site.installations() or [] if not one.get("suspended_at")][:MOST]
    if not asked:
        yield skipped("There is no installation to ask.")
        return
    good = 0
    for one in asked:
        minted = site.mint(int(one["id"]))
        used = site.as_installation(int(one["id"]), "/installation/repositories?per_page=1")
        seen = minted if used is None else used
        if used is not None and used.status == 200:
            good += 1
        elif seen is not None and "ip allow list" in seen.message.lower():
            yield problem(
                f"{login_of(one)} lets only certain addresses in, and this machine's is not one of them.",
                "Enter its address in the App's own IP allow list on its page at GitHub; the organization "
                "can take over the lists of its Apps.",
            )
        elif seen is not None and seen.status == 422:
            yield problem(
                f"{login_of(one)} does not grant what the App needs ({seen.message}).",
                "An owner of the account accepts the App's permissions on its page at GitHub.",
            )
        elif seen is not None:
            yield warning(
                f"{login_of(one)} gives no access ({seen.status}: {seen.message}).", "Try again in a while."
            )
    if good == len(asked):
        yield ok(f"{good} installation{'' if good == 1 else 's'} let this machine in.")
