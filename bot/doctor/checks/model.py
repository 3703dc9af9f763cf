"""The model: is the key good, and are the names known?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.doctor import Result, ok, problem, skipped, warning
from bot.doctor.site import Site, printable
from bot.review.claude.clouds import ANTHROPIC, can_reach_claude
from bot.settings import Settings

if TYPE_CHECKING:
    import anthropic

    from bot.review.claude.client import Client

GROUP, PLACE = "model", 10
_SECONDS = 20.0


def look(site: Site) -> Iterable[Result]:
    """One cheap question a name; none to a cloud, where names are the buyer's own."""
    settings = site.settings
    if settings.reviewer == "rules":
        return [skipped("SUTURE_REVIEWER is rules: no model is asked.")]
    if not can_reach_claude(settings.claude_via, settings.inherited):
        return [_no_key(settings)]
    # The SDK takes seconds to load
    from bot.review.claude.client import build_client  # noqa: PLC0415

    client = build_client(settings.claude_via, settings.inherited)
    names = models_of(settings, client)
    if settings.claude_via != ANTHROPIC:
        via, listed = settings.claude_via, ", ".join(names)
        return [
            warning(f"Not checked by way of {via}: {printable(listed)}.", "Let it review a pull request.")
        ]
    return list(_asked(client, names))


def models_of(settings: Settings, client: Client) -> list[str]:
    """Every model that a stage asks, once."""
    from bot.review.reviewers.claude import claude_reviewer  # noqa: PLC0415

    voices = claude_reviewer(settings, client).voices
    stages = (voices.triage, voices.review, voices.judge, voices.test, voices.fix)
    return list(dict.fromkeys(name for voice in stages if voice for name in voice.models))


def _no_key(settings: Settings) -> Result:
    fix = "Set ANTHROPIC_API_KEY, or SUTURE_REVIEWER=rules if that is meant."
    if settings.reviewer == "claude":
        return problem("There is no key for Claude.", fix)
    return warning("There is no key for Claude: the embedded rules review alone.", fix)


def _asked(client: Client, names: list[str]) -> Iterable[Result]:
    import anthropic  # noqa: PLC0415

    patient = client.with_options(timeout=_SECONDS, max_retries=1)
    known = []
    for name in names:
        try:
            patient.models.retrieve(name)  # type: ignore[union-attr]  # the plain client has them
        except anthropic.APIConnectionError:
            yield problem(
                f"{printable(str(client.base_url))} does not answer.",
                "Check ANTHROPIC_BASE_URL, firewall and proxy (HTTPS_PROXY).",
            )
            return
        except anthropic.APIStatusError as exc:
            yield _refusal(name, exc)
            if exc.status_code in {401, 403}:
                return
        else:
            known.append(name)
    if known:
        yield ok(f"The key is good, and the service knows {printable(', '.join(known))}.")


def _refusal(name: str, exc: anthropic.APIStatusError) -> Result:
    shown = printable(name)
    if exc.status_code == 401:
        return problem("The service does not accept the key.", "Set ANTHROPIC_API_KEY to one that is valid.")
    if exc.status_code == 403:
        return problem("The key may not use the service so.", "Look at its rights in Anthropic's console.")
    if exc.status_code == 404 and "not_found_error" in str(exc.body):
        return problem(
            f"The service knows no model {shown}.", "Correct SUTURE_MODEL, or the one of its stage."
        )
    if exc.status_code in {404, 405, 501}:
        return warning(
            f"The service does not list its models; {shown} is not checked.", "Let it review once."
        )
    return warning(f"The service answered {exc.status_code} about {shown}.", "Try again in a while.")
