"""Signed deliveries to an App's hook URL, remembered whether or not anybody listened."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import queue
import threading
import urllib.parse
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.demo.github.records import App, Json

_TIMEOUT = 10.0  # seconds GitHub waits for a 2xx


@dataclass(eq=False)
class Delivery:
    """One webhook request: its GUID, what was sent, and the status of every attempt (0: nobody answered)."""

    guid: str
    event: str
    app: App
    body: bytes
    installation_id: int | None
    statuses: list[int] = field(default_factory=list)

    @property
    def payload(self) -> Json:
        return dict(json.loads(self.body))

    @property
    def action(self) -> str:
        return str(self.payload.get("action", ""))

    def headers(self) -> dict[str, str]:
        """The headers GitHub sends with it, signed with the App's webhook secret."""
        digest = hmac.new(self.app.webhook_secret.encode(), self.body, hashlib.sha256).hexdigest()
        old = hmac.new(self.app.webhook_secret.encode(), self.body, hashlib.sha1).hexdigest()
        return {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/044aadd",
            "X-GitHub-Delivery": self.guid,
            "X-GitHub-Event": self.event,
            "X-GitHub-Hook-ID": str(self.app.id + 400_000),
            "X-GitHub-Hook-Installation-Target-ID": str(self.app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature": f"sha1={old}",
            "X-Hub-Signature-256": f"sha256={digest}",
        }


@dataclass(frozen=True)
class Attempt:
    """One try to send a delivery."""

    id: int
    delivery: Delivery
    status: int  # 0: nobody answered
    at: datetime
    again: bool


class Hooks:
    """Sends deliveries one after the other from a thread of its own, beside the push that caused them."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.attempts: list[Attempt] = []
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._queue: queue.Queue[Delivery | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def emit(self, app: App, event: str, payload: Json, installation_id: int | None) -> Delivery:
        """Remember a delivery and, if the App has a hook URL, send it soon."""
        delivery = Delivery(str(uuid.uuid4()), event, app, json.dumps(payload).encode(), installation_id)
        with self._lock:
            self.deliveries.append(delivery)
        if app.hook_url:
            self.redeliver(delivery)
        return delivery

    def redeliver(self, delivery: Delivery) -> None:
        """Send it again, with the same GUID."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="github-hooks", daemon=True)
                self._thread.start()
        self._queue.put(delivery)

    def note(self, delivery: Delivery, status: int) -> None:
        """Remember an attempt."""
        again = bool(delivery.statuses)
        delivery.statuses.append(status)
        number = 7_000_000 + len(self.attempts)
        self.attempts.append(Attempt(number, delivery, status, self.now(), again))

    def wait(self) -> None:
        """Return when all deliveries so far have been tried."""
        self._queue.join()

    def close(self) -> None:
        """Send what is waiting, then end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(timeout=30)
            self._thread = None

    def _work(self) -> None:
        while (delivery := self._queue.get()) is not None:
            self.note(delivery, post(delivery))
            self._queue.task_done()
        self._queue.task_done()


def post(delivery: Delivery) -> int:
    """Send a delivery to the App's hook URL; the answer's status, or 0 when nobody answered."""
    target = urllib.parse.urlsplit(delivery.app.hook_url)
    connection = http.client.HTTPConnection(target.hostname or "", target.port or 80, timeout=_TIMEOUT)
    try:
        connection.request("POST", target.path or "/", delivery.body, delivery.headers())
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
