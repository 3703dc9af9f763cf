"""`check_suite`: somebody pressed GitHub's *Re-run all checks*."""

from __future__ import annotations

from collections.abc import Mapping

from bot.jobs import Inbox
from webhooks.answer import Answer
from webhooks.commands import given, store, why_ignored
from webhooks.delivery import Delivery


def handle(delivery: Delivery, inbox: Inbox) -> Answer:
    """Store the wish for a review of the pull request whose head the suite belongs to."""
    if delivery.action != "rerequested":
        return Answer("ignored", f"Suture does nothing about check_suite.{delivery.action or '(none)'}.")
    if reason := why_ignored(delivery):
        return Answer("ignored", reason)
    number = _number(delivery)
    if number is None:
        return Answer(
            "ignored",
            "GitHub names no pull request for it, as with heads on forks: re-run the check by itself.",
        )
    return store(given(delivery, number, ("review", "")), inbox)


def _number(delivery: Delivery) -> int | None:
    """The oldest of the repository's own pull requests that the event names."""
    home = delivery.need(int, "repository", "id")
    numbers = []
    for one in delivery.find(list, "check_suite", "pull_requests") or []:
        pull = Delivery(delivery.guid, delivery.event, "", one if isinstance(one, Mapping) else {})
        number = pull.find(int, "number")
        if number is not None and pull.find(int, "base", "repo", "id") == home:
            numbers.append(number)
    return min(numbers, default=None)
