"""The webhook secret: strong, and nothing left of a rotation."""

from __future__ import annotations

from collections.abc import Iterable

from bot.doctor import Result, ok, skipped, warning
from bot.doctor.site import Site

GROUP, PLACE = "settings", 40
_SHORTEST = 20


def look(site: Site) -> Iterable[Result]:
    """Its length, blanks around it, and a previous one."""
    secrets = [one.reveal() for one in site.settings.webhook_secrets]
    if not secrets:
        return [skipped("No webhook secret is set.")]
    return list(_doubts(*secrets)) or [ok("A webhook secret is set.")]


def _doubts(secret: str, previous: str = "") -> Iterable[Result]:
    if secret != secret.strip():
        yield warning(
            "The webhook secret begins or ends with a blank or a line's end.",
            "Take it away, unless it is so at GitHub too: signatures would not fit.",
        )
    if len(secret) < _SHORTEST:
        yield warning(
            f"The webhook secret has fewer than {_SHORTEST} characters, and may be guessed.",
            "Make a new one (`openssl rand -hex 32`), set it at GitHub and here, and the old one as "
            "SUTURE_WEBHOOK_SECRET_PREVIOUS for a while.",
        )
    if previous:
        same = secret == previous
        yield warning(
            "SUTURE_WEBHOOK_SECRET_PREVIOUS is " + ("the same secret." if same else "still accepted."),
            "Unset it once GitHub signs with the new one.",
        )
