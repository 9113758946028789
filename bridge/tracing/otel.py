"""Traces with the SDK of OpenTelemetry, sent by OTLP over HTTP.

The ids of a job's trace are made of the job's own: its spans find their place without any process keeping
one open. The span of the job itself is made when it has ended, under the id that the others refer to.
"""

import asyncio
import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from bridge.tracing.traceparent import HEADER, Traceparent, read, written
from bridge.tracing.tracing import Attributes, Origin, Sending, Tracing

NAME: Final = "pixverse-bridge"
JOB: Final = "job"
PATH: Final = "/v1/traces"
_NS: Final = 1_000_000
_OF_A_TRACE: Final = re.compile("[0-9a-f]{32}")


class OpenTelemetry(Tracing):
    """Makes spans, and gives them to a processor; `stop` sends what waits."""

    def __init__(self, processor: SpanProcessor, version: str, ratio: float | None = None) -> None:
        """`ratio` is the part of the traces that is recorded; None leaves that to OTEL_TRACES_SAMPLER."""
        self._ids = ChosenIds()
        self._provider = TracerProvider(
            sampler=_sampler(ratio),
            resource=Resource.create({"service.version": version, **_service()}),
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(NAME, version)
        self._stopping: asyncio.Future[None] | None = None

    def taken(self, traceparent: str | None) -> str | None:
        """Return a valid header in the first version, and None for any other."""
        found = read(traceparent) if traceparent is not None else None
        return None if found is None else written(found)

    def job(self, origin: Origin, began_ms: int, ended_ms: int, about: Attributes, error: str | None) -> None:
        """Make the span of a job; its parent is that of its submit."""
        with self._ids.chosen(_trace_id(origin.job_id), _span_id(origin.job_id)):
            span = self._tracer.start_span(
                JOB, _below(_caller(origin)), SpanKind.SERVER, about, start_time=began_ms * _NS
            )
        if error is not None:
            span.set_status(Status(StatusCode.ERROR, error))
        span.end(ended_ms * _NS)

    def phase(self, origin: Origin, name: str, began_ms: int, ended_ms: int, about: Attributes) -> None:
        """Make the span of a part of a job's way, below that of the job."""
        parent = _below(self._job_of(origin))
        span = self._tracer.start_span(name, parent, attributes=about, start_time=began_ms * _NS)
        span.end(ended_ms * _NS)

    def sending(self, name: str, origin: Origin | None, about: Attributes) -> Sending:
        """Begin the span of a POST, below that of its job, or in a trace of its own."""
        parent = _below(None if origin is None else self._job_of(origin))
        return _Sending(self._tracer.start_span(name, parent, SpanKind.CLIENT, about))

    def stop(self, within_s: float) -> None:
        """Begin to send what waits, for at most so long, whether the collector answers or not."""
        self._stopping = asyncio.get_running_loop().run_in_executor(None, self._close, within_s)

    async def stopped(self) -> None:
        """Wait until what waited is sent, or its time is over."""
        if self._stopping is not None:
            await self._stopping

    def _close(self, within_s: float) -> None:
        closing = threading.Thread(target=self._provider.shutdown, name="tracing-end", daemon=True)
        closing.start()
        closing.join(within_s)

    def _job_of(self, origin: Origin) -> Traceparent:
        """Return the span of a job, which is made at its end: whether it is recorded is known before."""
        caller = _caller(origin)
        trace_id = _trace_id(origin.job_id) if caller is None else caller.trace_id
        decided = self._provider.sampler.should_sample(_below(caller), trace_id, JOB, SpanKind.SERVER)
        is_sampled = decided.decision is Decision.RECORD_AND_SAMPLE
        return Traceparent(trace_id, _span_id(origin.job_id), is_sampled)


class ChosenIds(RandomIdGenerator):
    """Makes random ids, but for a span whose ids are known. Only the event loop makes spans."""

    def __init__(self) -> None:
        super().__init__()
        self._trace_id: int | None = None
        self._span_id: int | None = None

    @contextmanager
    def chosen(self, trace_id: int, span_id: int) -> Iterator[None]:
        """Give the next span these ids; below another span, it has the trace of that."""
        self._trace_id, self._span_id = trace_id, span_id
        try:
            yield
        finally:
            self._trace_id = self._span_id = None

    def generate_trace_id(self) -> int:
        """Return the chosen id, or a random one."""
        return super().generate_trace_id() if self._trace_id is None else self._trace_id

    def generate_span_id(self) -> int:
        """Return the chosen id, or a random one."""
        return super().generate_span_id() if self._span_id is None else self._span_id


class _Sending(Sending):
    def __init__(self, span: Span) -> None:
        self._span = span
        context = span.get_span_context()
        here = Traceparent(context.trace_id, context.span_id, context.trace_flags.sampled)
        self.headers = {HEADER: written(here)}

    def end(self, status: int | None, error: str | None) -> None:
        """End the span."""
        if status is not None:
            self._span.set_attribute("http.response.status_code", status)
        if error is not None:
            self._span.set_status(Status(StatusCode.ERROR, error))
        self._span.end()


def exporting(endpoint: str | None) -> SpanProcessor:
    """Return what sends spans to a collector, in batches and from a thread of its own.

    Without an endpoint the variables OTEL_EXPORTER_OTLP_* say where, or else it is on this machine.
    """
    return BatchSpanProcessor(OTLPSpanExporter(None if endpoint is None else endpoint + PATH))


def _sampler(ratio: float | None) -> Sampler | None:
    return None if ratio is None else ParentBased(TraceIdRatioBased(ratio))


def _service() -> dict[str, str]:
    """Return the service's name, unless a variable of the standard names it."""
    named = Resource.create().attributes.get("service.name", "")
    return {"service.name": NAME} if str(named).startswith("unknown_service") else {}


def _caller(origin: Origin) -> Traceparent | None:
    return None if origin.traceparent is None else read(origin.traceparent)


def _below(parent: Traceparent | None) -> Context:
    """Return the context of a new span: below another one, or at the top of a trace."""
    if parent is None:
        return Context()
    flags = TraceFlags(TraceFlags.SAMPLED if parent.is_sampled else TraceFlags.DEFAULT)
    known = SpanContext(parent.trace_id, parent.span_id, is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(known), Context())


def _trace_id(job_id: str) -> int:
    """Return the id of a job, which has the form of that of a trace."""
    return int(job_id if _OF_A_TRACE.fullmatch(job_id) else _digest(job_id)[:32], 16)


def _span_id(job_id: str) -> int:
    return int(_digest(job_id)[:16], 16)


def _digest(job_id: str) -> str:
    return hashlib.sha256(job_id.encode()).hexdigest()
