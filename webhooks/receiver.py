"""`POST /webhooks/github`: verify, read, hand to the event's own file, answer."""

from __future__ import annotations

import logging
import time
from http import HTTPStatus

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from bot.jobs import Inbox
from bot.metrics import DELIVERIES
from bot.settings import Settings
from webhooks.accounts import why_not_allowed
from webhooks.answer import Answer
from webhooks.delivery import LARGEST, Delivery, Refused, read_delivery
from webhooks.events import find_handlers
from webhooks.signature import HEADER, require_secrets, verify

_log = logging.getLogger("suture.web")


def add_receiver(app: Flask, settings: Settings, inbox: Inbox) -> None:
    """Add the route that GitHub sends its deliveries to. Raises SettingsError without a secret."""
    secrets = require_secrets(settings.webhook_secrets)
    handlers = find_handlers()

    @app.post("/webhooks/github")
    def receive() -> ResponseReturnValue:
        began = time.monotonic()
        body = _read_body()
        verify(secrets, body, request.headers.get(HEADER))
        delivery = read_delivery(lambda name: request.headers.get(name, ""), body)
        handle = handlers.get(delivery.event)
        if handle is None:
            answer = Answer("ignored", f"Suture does nothing about {delivery.event} events.")
        elif reason := why_not_allowed(delivery, settings.allowed_accounts):
            answer = Answer("ignored", reason)
        else:
            answer = handle(delivery, inbox)
        DELIVERIES.labels(delivery.event if handle else "other", answer.status).inc()
        _log_line(delivery, answer, time.monotonic() - began)
        answered = jsonify(status=answer.status, reason=answer.reason, delivery=delivery.guid)
        return answered, HTTPStatus.ACCEPTED


def _read_body() -> bytes:
    """The raw bytes. Raises Refused (413); what declares its length is refused by the framework, unread."""
    body = request.get_data(cache=False)
    if len(body) >= LARGEST:  # a body of unknown length is cut off there
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than any delivery.")
    return body


def _log_line(delivery: Delivery, answer: Answer, seconds: float) -> None:
    facts: dict[str, object] = {
        "delivery": delivery.guid,
        "event": delivery.event,
        "action": delivery.action,
        "installation": delivery.find(int, "installation", "id"),
        "repository": delivery.find(str, "repository", "full_name"),
        "number": delivery.find(int, "pull_request", "number"),
        "head": delivery.find(str, "pull_request", "head", "sha"),
        "status": answer.status,
        "reason": answer.reason,
        "seconds": round(seconds, 4),
    }
    _log.info("delivery", extra={name: value for name, value in facts.items() if value not in (None, "")})
