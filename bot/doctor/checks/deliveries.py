"""What became of GitHub's latest deliveries: the only place where a wrong webhook secret shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.doctor import Result, ok, problem, skipped, warning
from bot.doctor.site import PER_PAGE, Site, printable

GROUP, PLACE = "github", 70
_REFUSED = frozenset({401, 403})
_FIXES = {
    404: "The webhook's URL is not this server's: it ends in /webhooks/github.",
    413: "Something before this server refuses large bodies: allow 26 MB.",
    415: "Set the webhook's content type to application/json.",
    502: "GitHub cannot connect: check name, port, firewall and certificate, and that the server runs.",
    503: "The server has no database, or no App yet: look at /readyz.",
    504: "The answer takes too long: look at the database and at what stands before the server.",
}


def look(site: Site) -> Iterable[Result]:
    """The latest, and how many failed since GitHub remembers."""
    seen = site.as_app(f"/app/hook/deliveries?per_page={PER_PAGE}") if site.app() else None
    if seen is None or seen.status != 200 or not isinstance(seen.body, list):
        return [skipped("GitHub does not tell.")]
    items = [one for one in seen.body if isinstance(one, dict)]
    if not items:
        return [
            warning(
                "GitHub has delivered nothing in the last days.",
                "Nothing may have happened: open a pull request. Else look at the webhook and the "
                "installations above.",
            )
        ]
    made_good = {one.get("guid") for one in items if _is_good(one)}  # by an attempt of its own
    bad = [one for one in items if one.get("guid") not in made_good]
    if not _is_good(items[0]):
        return [_latest(items[0], len(bad))]
    if bad:
        return [_earlier(bad)]
    return [ok(f"The latest {len(items)} deliveries were taken.")]


def _status(item: Mapping[str, Any]) -> int:
    code = item.get("status_code")
    return code if isinstance(code, int) else 0


def _is_good(item: Mapping[str, Any]) -> bool:
    return 200 <= _status(item) < 300


def _latest(item: Mapping[str, Any], failed: int) -> Result:
    if _status(item) in _REFUSED:
        return problem(
            f"The latest delivery was refused ({_status(item)}), as one whose signature is wrong is.",
            "Set the webhook's secret at GitHub and SUTURE_WEBHOOK_SECRET to the same value; start the "
            "server again.",
        )
    said = printable(str(item.get("status")))
    return problem(
        f"The latest delivery failed ({_status(item)}, {said}), as did {failed - 1} of those before it.",
        _FIXES.get(_status(item), "Look at it under Recent deliveries on the App's page at GitHub."),
    )


def _earlier(bad: Sequence[Mapping[str, Any]]) -> Result:
    at = printable(str(bad[0].get("delivered_at")))
    return warning(
        f"{len(bad)} of the latest deliveries failed, the last one at {at} ({_status(bad[0])}).",
        "The workers ask GitHub to send them again, as long as it keeps them. See that one runs; by hand it "
        "is done under Recent deliveries on the App's page.",
    )
