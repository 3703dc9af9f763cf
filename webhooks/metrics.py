"""`/metrics`, for Prometheus: what this process counted, and how the queues stand by the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http import HTTPStatus

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from bot.jobs import DatabaseUnavailable, Figures, Inbox
from bot.metrics import numbers
from bot.settings import Secret


def add_metrics(app: Flask, token: Secret | None, inbox: Inbox) -> None:
    """Add the route, for who sends `Authorization: Bearer TOKEN`. Without a token there is none."""
    if token is None:
        return
    registry = CollectorRegistry()
    registry.register(_Queues(inbox))

    @app.get("/metrics")
    def metrics() -> Response:
        told = numbers(token, request.headers.get("Authorization", ""), registry)
        if told is None:
            return Response(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
        return Response(told, content_type=CONTENT_TYPE_LATEST)


class _Queues(Collector):
    """Read anew for each scrape."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def collect(self) -> Iterator[GaugeMetricFamily]:
        return told(self._inbox.figures, self._inbox.workers)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing, so that the database is not asked when the server starts."""
        yield from ()


def told(
    figures: Callable[[], tuple[Figures, ...]], workers: Callable[[], int]
) -> Iterator[GaugeMetricFamily]:
    """How the queues stand and how many work on them; only that the database is down, when it is."""
    depth = GaugeMetricFamily("suture_queue_depth", "Jobs that wait or run.", labels=["queue", "state"])
    oldest = GaugeMetricFamily(
        "suture_queue_oldest_seconds", "For how long the oldest waiting job waits.", labels=["queue"]
    )
    alive = GaugeMetricFamily("suture_workers", "Workers that told of themselves in the last two minutes.")
    up = GaugeMetricFamily("suture_database_up", "Whether the jobs' database answers.")
    try:
        found, living = figures(), workers()
    except DatabaseUnavailable:
        up.add_metric([], 0)
    else:
        up.add_metric([], 1)
        alive.add_metric([], living)
        for one in found:
            depth.add_metric([one.queue, "waiting"], one.waiting)
            depth.add_metric([one.queue, "running"], one.running)
            oldest.add_metric([one.queue], one.oldest_seconds)
    yield from (depth, oldest, alive, up)
