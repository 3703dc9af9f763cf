"""The App's webhook as GitHub has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.doctor import Result, ok, problem, skipped, warning
from bot.doctor.site import Site, printable
from bot.forge.registration import WEBHOOK_PATH

GROUP, PLACE = "github", 60
_WHERE = "on the App's page at GitHub, under Webhook"


def look(site: Site) -> Iterable[Result]:
    """Address, form, secret and certificate."""
    seen = site.as_app("/app/hook/config") if site.app() else None
    if seen is None or seen.status not in {200, 404}:
        return [skipped("GitHub does not tell.")]
    hook = seen.body if seen.status == 200 and isinstance(seen.body, dict) else {}
    found = [*_address(hook, site.settings.public_url), *_form(hook)]
    return found or [ok(f"Deliveries go to {printable(str(hook['url']))}, signed, as JSON.")]


def _address(hook: Mapping[str, Any], public_url: str) -> Iterable[Result]:
    url = str(hook.get("url") or "")
    shown = printable(url)
    if not url:
        yield problem("The App has no webhook, so nothing is delivered.", f"Enter its URL {_WHERE}.")
    elif public_url and url != public_url + WEBHOOK_PATH:
        yield problem(
            f"GitHub delivers to {shown}, but this server is {public_url}{WEBHOOK_PATH}.",
            f"Change the URL {_WHERE}, or SUTURE_PUBLIC_URL.",
        )
    elif urlsplit(url).path != WEBHOOK_PATH:
        yield problem(
            f"GitHub delivers to {shown}; deliveries are taken at {WEBHOOK_PATH}.",
            f"Change the URL {_WHERE}.",
        )


def _form(hook: Mapping[str, Any]) -> Iterable[Result]:
    if hook.get("url") and hook.get("content_type") != "json":
        yield problem(
            "The webhook's content type is not application/json, and nothing else is taken.",
            f"Change it {_WHERE}.",
        )
    if hook.get("url") and not hook.get("secret"):
        yield problem(
            "The webhook has no secret at GitHub, so deliveries are not signed, and refused.",
            f"Enter SUTURE_WEBHOOK_SECRET's value {_WHERE}.",
        )
    if str(hook.get("insecure_ssl", "0")) != "0":
        yield warning(
            "GitHub does not check this server's certificate before it delivers.",
            f"Enable SSL verification {_WHERE}.",
        )
