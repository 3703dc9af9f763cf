"""Does GitHub know the App by its id and key?"""

from __future__ import annotations

from collections.abc import Iterable

from bot.doctor import Result, ok, problem, skipped, warning
from bot.doctor.site import Seen, Site, printable

GROUP, PLACE = "github", 30


def look(site: Site) -> Iterable[Result]:
    """Its name, or why GitHub refuses it."""
    seen = site.as_app("/app")
    if seen is None:
        return [skipped("Without id and key there is nothing to ask GitHub with.")]
    app = site.app()
    if app is not None:
        return [ok(f"GitHub knows the App as {printable(str(app.get('slug')))}.")]
    if not isinstance(seen.body, dict) or seen.status == 200:
        return [skipped("GitHub's API does not answer.")]
    return [_refused(seen, printable(site.settings.app_id))]


def _refused(seen: Seen, app_id: str) -> Result:
    if seen.status == 401 and "claim" in seen.message:
        return problem(f"GitHub refuses the App's signature: {seen.message}.", "Set this machine's clock.")
    if seen.status == 401:
        return problem(
            f"GitHub refuses the App's signature: {seen.message}.",
            "The private key is another App's, or was deleted at GitHub: generate one on the page of the "
            "App that SUTURE_CLIENT_ID names.",
        )
    if seen.status == 404:
        return problem(
            f"GitHub knows no App {app_id}: {seen.message}.",
            "Set SUTURE_CLIENT_ID to the client id on the App's page (or SUTURE_APP_ID to its number), "
            "and check that SUTURE_GITHUB_API_URL is the GitHub that the App is on.",
        )
    return warning(f"GitHub answers with {seen.status}: {seen.message}.", "Try again in a while.")
