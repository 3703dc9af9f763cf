"""What an operator sees of the running thing: numbers, spans, and log lines that say whose they are."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from bot.chains import carry_through
from bot.errors import ForgeError
from bot.jobs.inbox import DurableInbox
from bot.log import JsonLines
from bot.metrics import listen
from bot.records import Job
from bot.settings import Secret, Settings
from bot.step import Step
from tests.fakes.deliveries import headers, pull_request
from tests.fakes.workers import a_job, wait_for_end, working
from webhooks import create_app

TOKEN = Secret("who scrapes")
AUTHORIZED = {"Authorization": "Bearer who scrapes"}
Numbers = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(text: str) -> Numbers:
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def asked(settings: Settings) -> Numbers:
    inbox = DurableInbox(settings)
    answer = create_app(settings, inbox).test_client().get("/metrics", headers=AUTHORIZED)
    inbox.close()
    assert answer.status_code == 200
    return parsed(answer.text)


def test_numbers_are_for_who_has_the_token(sqlite_settings: Settings):
    """Without a token there is no page; a wrong one gets nothing of it."""
    inbox = DurableInbox(sqlite_settings)
    closed = create_app(sqlite_settings, inbox).test_client()
    open_ = create_app(replace(sqlite_settings, metrics_token=TOKEN), inbox).test_client()
    answers = [
        closed.get("/metrics", headers=AUTHORIZED),
        open_.get("/metrics"),
        open_.get("/metrics", headers={"Authorization": "Bearer who\u00a0scrapes"}),
    ]
    inbox.close()

    assert [one.status_code for one in answers] == [404, 401, 401]
    assert all("suture_" not in one.text for one in answers)


def test_deliveries_and_queues_are_counted(job_settings: Settings):
    """What came in, what was refused, what waits, and what a worker has done about it."""
    settings = replace(job_settings, metrics_token=TOKEN)
    body = pull_request("opened")
    inbox = DurableInbox(settings)
    web = create_app(settings, inbox).test_client()
    before = asked(settings)
    for guid, secret in (("g1", ""), ("g1", ""), ("g2", "guess")):
        more = (secret,) if secret else ()
        web.post("/webhooks/github", data=body, headers=headers(body, "pull_request", guid, *more))
    web.post("/webhooks/github", data=b"{}", headers=headers(b"{}", "made_up", "g3"))
    inbox.close()
    waiting = asked(settings)
    with working(settings, lambda _job, _step: None):
        wait_for_end(settings)
    after = asked(settings)

    def grown(name: str, **labels: str) -> float:
        key = (name, tuple(sorted(labels.items())))
        return after[key] - before.get(key, 0.0)

    assert grown("suture_deliveries_total", event="pull_request", result="accepted") == 1
    assert grown("suture_deliveries_total", event="pull_request", result="duplicate") == 1
    assert grown("suture_deliveries_total", event="other", result="ignored") == 1
    assert grown("suture_deliveries_refused_total", status="403") == 1
    assert grown("suture_job_seconds_count", end="done") == 1
    depth = ("suture_queue_depth", (("queue", "reviews"), ("state", "waiting")))
    oldest = ("suture_queue_oldest_seconds", (("queue", "reviews"),))
    assert [one[depth] for one in (before, waiting, after)] == [0, 1, 0]
    assert waiting[oldest] > 0 == after[oldest]
    assert not any("octo" in str(name) for name in after)


def test_a_database_that_is_down_is_a_number(sqlite_settings: Settings, tmp_path: Path):
    """A scrape succeeds all the same: the rest is wanted most then."""
    (tmp_path / "folder").mkdir()
    down = replace(sqlite_settings, metrics_token=TOKEN, database_url=f"sqlite:///{tmp_path / 'folder'}")

    assert asked(down)["suture_database_up", ()] == 0


def test_a_worker_has_a_port_of_its_own():
    """The same numbers, for the same token."""
    address = f"http://127.0.0.1:{listen('127.0.0.1', 0, TOKEN)}/metrics"
    with urllib.request.urlopen(urllib.request.Request(address, headers=AUTHORIZED), timeout=10) as answer:
        told = parsed(answer.read().decode())
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(address, timeout=10)

    assert ("suture_github_tokens_minted_total", ()) in told


@pytest.fixture(scope="module")
def exporter() -> Iterator[InMemorySpanExporter]:
    """Spans of this process; the provider can be set once only."""
    made = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(made))
    trace.set_tracer_provider(provider)
    yield made
    provider.shutdown()


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> InMemorySpanExporter:
    exporter.clear()
    return exporter


def test_a_job_is_a_trace_of_its_steps(sqlite_settings: Settings, spans: InMemorySpanExporter):
    """Each step is a span within the job's, which names delivery and head; no span tells what failed how."""

    def run_job(_job: Job, step: Step) -> None:
        step("collect", lambda: None)
        carry_through([one_step("left"), one_step("right")], step)
        step("publish", fails)

    def fails() -> None:
        raise ForgeError("the words of a secret")

    submit(sqlite_settings, a_job())
    with working(sqlite_settings, run_job):
        wait_for_end(sqlite_settings)
    found = {one.name: one for one in spans.get_finished_spans()}

    assert set(found) == {"job", "step collect", "step left", "step right", "step publish"}
    assert {parent(one) for name, one in found.items() if name != "job"} == {own(found["job"])}
    assert dict(found["job"].attributes or {})["suture.head"] == "a" * 40
    assert found["step publish"].status.description == "ForgeError"
    assert "secret" not in "".join(one.to_json() for one in found.values())


def own(one: ReadableSpan) -> int:
    assert one.context
    return one.context.span_id


def parent(one: ReadableSpan) -> int:
    assert one.parent
    return one.parent.span_id


def one_step(name: str) -> Iterator[tuple[str, object]]:
    yield name, lambda: logging.getLogger("suture.inner").warning("within %s", name)


def submit(settings: Settings, job: Job) -> None:
    inbox = DurableInbox(settings)
    inbox.submit(job, "g1")
    inbox.close()


def test_every_line_of_a_job_says_whose_it_is(sqlite_settings: Settings):
    """In the threads of its findings too."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("suture")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        submit(sqlite_settings, a_job())
        with working(sqlite_settings, lambda _job, step: void(carry_through([one_step("x")], step))):
            wait_for_end(sqlite_settings)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    of_jobs = [one for one in lines if one["message"] not in {"worker started", "delivery"}]

    assert "within x" in [one["message"] for one in of_jobs]
    mine = {"delivery": "guid", "installation": 5, "repository": "octo/repo", "number": 3, "head": "a" * 40}
    assert all(mine.items() <= one.items() for one in of_jobs), of_jobs


def void(_value: object) -> None:
    """What `run_job` gives back."""


SENDS = """
from opentelemetry import trace
from bot.settings import read_settings
from bot.tracing import span, start_tracing
assert start_tracing(read_settings(), "worker")
with span("job", head="abc"):
    pass
trace.get_tracer_provider().force_flush()
"""


def test_spans_are_sent_to_the_collector():
    """By the exporter's own variables, as OTLP over HTTP."""
    bodies: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_port}"}
    subprocess.run([sys.executable, "-c", SENDS], env=env, check=True, timeout=60)
    server.shutdown()
    server.server_close()

    ((path, body),) = bodies
    assert path == "/v1/traces"
    assert b"suture-worker" in body
