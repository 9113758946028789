"""The traces of jobs: which spans the steps of a job are, and what makes them."""

import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib import metadata
from typing import Final
from urllib.parse import unquote

from bridge.config.settings import Settings
from bridge.errors import ConfigurationError
from bridge.flows.step import Moved
from bridge.grace import TRACES_S
from bridge.jobs.job import Job, State
from bridge.logs import Redactor
from bridge.store.rows.events import Event
from bridge.tracing.tracing import NO_TRACING, Attributes, Origin, Tracing

PHASES: Final[Mapping[State, str]] = {
    State.QUEUED: "queued",
    State.WAITING: "waiting",
    State.SENDING: "answer",
    State.SENT: "answer",
    State.STARTED: "video",
    State.PROGRESS: "video",
}
"""The span of the time that a job spends in each state: until it is placed, claimed, heard of, and over."""
LATE: Final = "late"
"""The span from a job's end to a video that came all the same."""
MOST_OPEN: Final = 10_000
NO_LIBRARY: Final = "tracing.enabled needs the extra otel: pip install 'pixverse-bridge[otel]'."
DISABLED: Final = "OTEL_SDK_DISABLED"
"""The standard's switch: with it, the library would still name spans to receivers that nobody records."""
HEADERS: Final = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")


@asynccontextmanager
async def tracing_of(settings: Settings, redactor: Redactor) -> AsyncIterator[Tracing]:
    """Yield what makes spans, and wait for the last ones at the end; the library is imported only here."""
    if not settings.tracing.enabled or os.environ.get(DISABLED, "").strip().lower() == "true":
        yield NO_TRACING
        return
    try:
        from bridge.tracing.otel import OpenTelemetry, exporting
    except ImportError as error:
        raise ConfigurationError(NO_LIBRARY) from error
    _hide_headers(redactor)
    version, ratio = metadata.version("pixverse-bridge"), settings.tracing.ratio
    try:
        tracing = OpenTelemetry(exporting(settings.tracing.endpoint), version, ratio)
    except ValueError as error:
        raise ConfigurationError(f"A variable OTEL_… cannot be used: {error}") from error
    try:
        yield tracing
    finally:
        await tracing.stopped()


@asynccontextmanager
async def sent_at_the_end(tracing: Tracing) -> AsyncIterator[None]:
    """Begin to send the last spans when nothing makes any more, while other parts are being closed."""
    try:
        yield
    finally:
        tracing.stop(TRACES_S)


def with_spans(
    watches: Mapping[str, Callable[[object], None]], tracing: Tracing
) -> Mapping[str, Callable[[object], None]]:
    """Return what watches the steps of jobs, and makes their spans too."""
    if tracing is NO_TRACING:
        return watches
    spans = JobSpans(tracing)

    def placed(payload: object) -> None:
        watches["placed"](payload)
        if isinstance(payload, Event):
            spans.placed(payload.job)

    def moved(payload: object) -> None:
        watches["moved"](payload)
        if isinstance(payload, Moved):
            spans.moved(payload.before, payload.job)

    return {**watches, "placed": placed, "moved": moved}


class JobSpans:
    """Makes the spans of the steps that this process takes.

    When a phase began is kept in memory: a process that was started meanwhile takes the last step instead.
    """

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing
        self._since_ms: OrderedDict[str, int] = OrderedDict()

    def placed(self, job: Job) -> None:
        """Make the span of a job that could not even wait."""
        if job.ended_ms is not None:
            self._end(job, job.ended_ms)

    def moved(self, before: Job, job: Job) -> None:
        """Make the span of the phase that a job has left, and at its end that of the job."""
        phase = PHASES.get(before.state, LATE)
        if job.state is before.state or phase == PHASES.get(job.state):
            return
        began_ms = self._since_ms.pop(job.id, before.updated_ms)
        self._tracing.phase(origin_of(job), phase, began_ms, max(began_ms, job.updated_ms), _about(job))
        if job.ended_ms is None:
            self._keep(job)
        elif before.ended_ms is None:
            self._end(job, job.ended_ms)

    def _keep(self, job: Job) -> None:
        self._since_ms[job.id] = job.updated_ms
        if len(self._since_ms) > MOST_OPEN:
            self._since_ms.popitem(last=False)

    def _end(self, job: Job, ended_ms: int) -> None:
        error = None if job.failure is None else job.failure.cause.value
        about = {**_about(job), "pixverse.job.status": job.status}
        self._tracing.job(origin_of(job), job.created_ms, max(ended_ms, job.created_ms), about, error)


def origin_of(job: Job) -> Origin:
    """Return what the spans of a job belong to."""
    return Origin(job.id, job.traceparent)


def _about(job: Job) -> Attributes:
    """Return what a span says of its job: neither prompt nor link, which are its owner's alone."""
    account = {} if job.account is None else {"pixverse.account": job.account}
    return {
        "pixverse.job.id": job.id,
        "pixverse.job.verb": job.command.verb,
        "pixverse.tenant": job.tenant,
        **account,
        "pixverse.channel": job.channel,
    }


def _hide_headers(redactor: Redactor) -> None:
    """Let no log line show what the collector is told to let the bridge in."""
    for pair in ",".join(os.environ.get(name, "") for name in HEADERS).split(","):
        name, _, value = unquote(pair).partition("=")
        for told in (value or name).strip(), pair.strip():
            redactor.add(told)
            redactor.add(told.partition(" ")[2])
