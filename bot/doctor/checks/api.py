"""GitHub's API: is it there, and is it the API?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.doctor import Result, ok, problem, warning
from bot.doctor.site import Seen, Site, printable
from bot.settings import PUBLIC_API

GROUP, PLACE = "github", 10
CLIENT_ID_SINCE = (3, 14)  # versions of GitHub Enterprise Server before it know an App by its number only
_SET = f"Set SUTURE_GITHUB_API_URL to {PUBLIC_API}, or to https://HOST/api/v3 for GitHub Enterprise Server."


def look(site: Site) -> Iterable[Result]:
    """What answers there, and its version."""
    url = site.settings.github_api_url
    seen = site.as_nobody("/meta")
    if not seen.status:
        return [problem(f"{url} does not answer: {seen.message}.", _way(seen))]
    if 300 <= seen.status < 400:
        where = printable(seen.headers.get("location", "elsewhere"))
        return [problem(f"{url} leads to {where}; secrets are not sent along.", _SET)]
    if seen.status in {403, 429} or seen.status >= 500:
        return [warning(f"{url} answers with {seen.status}: {seen.message}.", "Try again in a while.")]
    if seen.status != 200 or not isinstance(seen.body, dict) or "application/json" not in _kind(seen):
        return [problem(f"What answers at {url} is not GitHub's API (status {seen.status}).", _SET)]
    version = str(seen.body.get("installed_version") or "")
    return [_server(version, site) if version else ok(url)]


def _kind(seen: Seen) -> str:
    return seen.headers.get("content-type", "")


def _way(seen: Seen) -> str:
    if "certificate" in seen.fault:
        return "Name the authority that signed it: REQUESTS_CA_BUNDLE=/path/to/ca.pem."
    return f"Check name, firewall and proxy (HTTPS_PROXY). {_SET}"


def _server(version: str, site: Site) -> Result:
    found = re.match(r"(\d+)\.(\d+)", version)
    number = (int(found[1]), int(found[2])) if found else (0, 0)
    said = f"GitHub Enterprise Server {printable(version)} at {site.settings.github_api_url}"
    if number < CLIENT_ID_SINCE and not site.settings.app_id.isdecimal() and site.settings.app_id:
        return problem(
            f"{said} knows an App by its number, not by its client id.",
            "Set SUTURE_APP_ID to the App's number, and unset SUTURE_CLIENT_ID.",
        )
    return ok(f"{said}.")
