"""The prices of the models in use: without one, dollars of a budget do not count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from bot.doctor import Result, ok, problem, skipped, warning
from bot.doctor.checks.model import models_of
from bot.doctor.site import Site, printable
from bot.review.claude.clouds import can_reach_claude
from bot.review.pricing import Tokens, cost, load_prices

GROUP, PLACE = "model", 20


def look(site: Site) -> Iterable[Result]:
    """Models without a price, graver where a budget is in dollars."""
    settings = site.settings
    if settings.reviewer == "rules" or not can_reach_claude(settings.claude_via, settings.inherited):
        return [skipped("No model is asked.")]
    from bot.review.claude.client import build_client  # noqa: PLC0415

    names = models_of(settings, build_client(settings.claude_via, settings.inherited))
    prices = load_prices()
    one = Tokens(1, 0, 0, 1)
    unknown = [printable(name) for name in names if cost(prices, name, one) is None]
    if not unknown:
        return [ok(f"Prices of {prices.as_of} for all models in use.")]
    said = f"There is no price for {', '.join(unknown)}: its calls cost nothing in the budgets' dollars"
    in_dollars = any(
        getattr(settings.budget, field.name).usd is not None for field in fields(settings.budget)
    )
    fix = "Give the budgets in tokens (200k in, 40k out), or bring bot/review/prices.json up to date."
    return [problem(f"{said}, which are set.", fix) if in_dollars else warning(f"{said}.", fix)]
