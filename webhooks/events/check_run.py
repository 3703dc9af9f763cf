"""`check_run`: somebody pressed one of our check run's buttons, or GitHub's own Re-run."""

from __future__ import annotations

from bot.forge.markers import read_external_id
from bot.jobs import Inbox
from webhooks.answer import Answer
from webhooks.commands import given, store, why_ignored
from webhooks.delivery import Delivery

_BUTTONS = frozenset({"apply", "review", "dismiss"})


def handle(delivery: Delivery, inbox: Inbox) -> Answer:
    """Store the command that the button stands for."""
    pressed = _pressed(delivery)
    if not pressed:
        return Answer("ignored", f"Suture does nothing about check_run.{delivery.action or '(none)'}.")
    # The event names no pull request whose head is on a fork; the key that we gave the run always does.
    key = read_external_id(delivery.find(str, "check_run", "external_id") or "")
    if key is None or key[0] != delivery.need(int, "repository", "id"):
        return Answer("ignored", "The check run is not one of ours.")
    if reason := why_ignored(delivery):
        return Answer("ignored", reason)
    _, number, head = key
    # What is dismissed is what the presser saw: the findings on this very head.
    return store(given(delivery, number, (pressed, head if pressed == "dismiss" else "")), inbox)


def _pressed(delivery: Delivery) -> str:
    """The word of the command; empty when no button of ours was pressed."""
    if delivery.action == "rerequested":
        return "review"
    named = delivery.find(str, "requested_action", "identifier") or ""
    return named if delivery.action == "requested_action" and named in _BUTTONS else ""
