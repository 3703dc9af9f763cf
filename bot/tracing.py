"""Spans over the steps of a job, for OpenTelemetry. Without an exporter they cost next to nothing.

Attributes name deliveries, repositories, heads, steps and models; never code, prompts or anything secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from opentelemetry import trace
from opentelemetry.trace import StatusCode

from bot import __version__
from bot.errors import SettingsError
from bot.settings import Settings


@contextmanager
def span(name: str, **facts: str | float) -> Iterator[None]:
    """A span within the present one; of an exception that leaves it the type is noted, never the text."""
    tracer = trace.get_tracer("suture", __version__)
    attributes = {f"suture.{key}": value for key, value in facts.items()}
    with (
        tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as one,
        ExitStack() as leaving,
    ):
        leaving.push(partial(_note, one))
        yield


def _note(one: trace.Span, kind: type[BaseException] | None, *_: object) -> None:
    if kind is not None:
        one.set_status(StatusCode.ERROR, kind.__name__)


def start_tracing(settings: Settings, process: str) -> bool:
    """Send this process's spans to where OTEL_EXPORTER_OTLP_ENDPOINT says; False when it says nothing.

    Raises SettingsError when what sends them is not installed.
    """
    if not settings.traced:
        return False
    try:  # the extra's packages
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as exc:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but sending takes: pip install 'suture[otel]'."
        ) from exc
    resource = Resource.create({"service.name": f"suture-{process}", "service.version": __version__})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True
