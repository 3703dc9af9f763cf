"""`ping`: GitHub asks whether anybody is there."""

from __future__ import annotations

from bot.jobs import Inbox
from webhooks.answer import Answer
from webhooks.delivery import Delivery


def handle(_delivery: Delivery, _inbox: Inbox) -> Answer:
    """Answer that somebody is."""
    return Answer("pong")
