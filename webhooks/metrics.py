"""`/metrics`, for Prometheus: what this process counted, and how the queues stand by the database."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from werkzeug.wrappers import Response

from bot.jobs import DatabaseUnavailable, Inbox
from bot.metrics import exposed
from bot.settings import Secret


def add_metrics(app: Flask, token: Secret | None, inbox: Inbox) -> None:
    """Add the route, for who sends `Authorization: Bearer TOKEN`. Without a token there is none."""
    if token is None:
        return
    registry = CollectorRegistry()
    registry.register(_Queues(inbox))
    tell = exposed(token, registry)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response.from_app(tell, request.environ)


class _Queues(Collector):
    """Read anew for each scrape."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def collect(self) -> Iterator[GaugeMetricFamily]:
        depth = GaugeMetricFamily(
            "suture_queue_depth",
            "Jobs that wait (state waiting) or run (running).",
            labels=["queue", "state"],
        )
        oldest = GaugeMetricFamily(
            "suture_queue_oldest_seconds", "For how long the oldest waiting job waits.", labels=["queue"]
        )
        up = GaugeMetricFamily("suture_database_up", "Whether the jobs' database answers.")
        try:
            found = self._inbox.figures()
        except DatabaseUnavailable:
            up.add_metric([], 0)
        else:
            up.add_metric([], 1)
            for one in found:
                depth.add_metric([one.queue, "waiting"], one.waiting)
                depth.add_metric([one.queue, "running"], one.running)
                oldest.add_metric([one.queue], one.oldest_seconds)
        yield from (depth, oldest, up)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing, so that the database is not asked when the server starts."""
        yield from ()
