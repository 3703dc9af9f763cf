"""What is counted, for Prometheus. Each process counts for itself; the web server tells how the queues stand.

No label holds a repository, a person or anything that a pull request can choose: their number is small and
they tell nothing about a tenant. Nothing here raises, so that counting never changes what is counted.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Iterable
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot.records import Outcome, Usage
from bot.settings import Secret

REGISTRY = CollectorRegistry()

DELIVERIES = Counter(
    "suture_deliveries", "Deliveries that were answered with 202.", ["event", "result"], registry=REGISTRY
)
REFUSED = Counter(
    "suture_deliveries_refused",
    "Deliveries that were refused: 401 and 403 by their signature, 503 for want of the database.",
    ["status"],
    registry=REGISTRY,
)
JOBS = Histogram(
    "suture_job_seconds",
    "How long jobs took from their start, or from going on after a crash, to their end.",
    ["end"],
    buckets=(5, 15, 30, 60, 120, 300, 600, 1200, 2400),
    registry=REGISTRY,
)
REVIEWS = Counter("suture_reviews", "Reviews by what they concluded.", ["conclusion"], registry=REGISTRY)
FINDINGS = Counter(
    "suture_findings", "Findings of reviews, of each head anew.", ["severity", "verdict"], registry=REGISTRY
)
GITHUB_CALLS = Counter(
    "suture_github_calls",
    "Calls to GitHub by HTTP's answer; 0 for none.",
    ["method", "status"],
    registry=REGISTRY,
)
GITHUB_WAITS = Counter("suture_github_limit_hits", "Answers of GitHub that asked to wait.", registry=REGISTRY)
GITHUB_LEFT = Gauge(
    "suture_github_calls_left",
    "Calls that an installation has left in its hour, by GitHub's last answer to this process.",
    ["installation"],
    registry=REGISTRY,
)
GITHUB_RENEWED = Gauge(
    "suture_github_calls_renewed_at_seconds",
    "When they are renewed, in seconds since 1970.",
    ["installation"],
    registry=REGISTRY,
)
SENT_AGAIN = Counter(
    "suture_redeliveries", "Failed deliveries that GitHub was asked to send again.", registry=REGISTRY
)
TOKENS_MINTED = Counter("suture_github_tokens_minted", "Installation tokens got.", registry=REGISTRY)
SINGLE_COMMENTS = Counter(
    "suture_review_fallbacks",
    "Reviews that GitHub refused as a whole, so that their comments were posted one by one.",
    registry=REGISTRY,
)
MODEL_CALLS = Counter(
    "suture_model_calls", "Calls to models by how they ended.", ["stage", "model", "end"], registry=REGISTRY
)
MODEL_TOKENS = Counter("suture_model_tokens", "Tokens of models' calls.", ["kind"], registry=REGISTRY)
MODEL_USD = Counter(
    "suture_model_usd", "What models' calls cost, as far as prices are known.", registry=REGISTRY
)
SANDBOX_RUNS = Counter(
    "suture_sandbox_runs", "Runs in the sandbox by how they ended.", ["end"], registry=REGISTRY
)
SANDBOX_SECONDS = Counter("suture_sandbox_seconds", "Seconds of runs in the sandbox.", registry=REGISTRY)


def count_call(stage: str, model: str, end: str, usage: Usage) -> None:
    """One answered call to a model."""
    MODEL_CALLS.labels(stage, model, end).inc()
    for kind in ("input", "cache_read", "cache_write", "output"):
        MODEL_TOKENS.labels(kind).inc(getattr(usage, f"{kind}_tokens"))
    MODEL_USD.inc(usage.usd or 0.0)


def count_outcome(outcome: Outcome) -> None:
    """One review that was published."""
    REVIEWS.labels(outcome.conclusion.value).inc()
    for one in outcome.examined:
        FINDINGS.labels(one.finding.severity.value, one.verdict.value).inc()


def numbers(token: Secret, authorization: str, *more: CollectorRegistry) -> bytes | None:
    """All numbers, in Prometheus' text form; None for who does not send `Bearer TOKEN`."""
    expected = f"Bearer {token.reveal()}".encode()
    if not hmac.compare_digest(authorization.encode("latin-1", "replace"), expected):
        return None
    return b"".join(generate_latest(one) for one in (REGISTRY, *more))


def listen(host: str, port: int, token: Secret) -> int:
    """Tell the numbers on a port of their own until the process ends; the port, chosen when `port` is 0.

    Raises OSError when it is taken.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        told = numbers(token, str(environ.get("HTTP_AUTHORIZATION", "")))
        status = "401 Unauthorized" if told is None else "200 OK"
        start_response(status, [("Content-Type", CONTENT_TYPE_LATEST)])
        return [told or b""]

    server = make_server(host, port, application, _Server, _Quiet)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server.server_port


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = 10  # seconds for a request to come in

    def log_message(self, format: str, *_args: object) -> None:  # noqa: A002  (the base's name)
        """A scrape is not worth a line."""
