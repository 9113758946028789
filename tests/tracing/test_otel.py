"""The spans of a job, as the SDK gives them to an exporter."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bridge.app.tracing import PHASES, JobSpans, origin_of, tracing_of
from bridge.config.settings import Settings, TracingSettings
from bridge.errors import ConfigurationError
from bridge.jobs.job import OPEN, Cause, Failure, Job, State
from bridge.logs import Redactor
from bridge.tracing.otel import OpenTelemetry
from tests.tools.hand_clock import HandClock
from tests.tools.jobs import new_job

JOB_ID = "01a222bd934d3a9a0d4681b4df7b3773"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
BROUGHT = f"00-{TRACE}-{SPAN}-01"
ENABLED = Settings(tracing=TracingSettings(enabled=True, endpoint="http://127.0.0.1:1"))
ALL = ["waiting", "answer", "video", "job"]


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    yield exporter
    exporter.shutdown()


def tracing_to(exporter: InMemorySpanExporter, ratio: float | None = None) -> OpenTelemetry:
    return OpenTelemetry(SimpleSpanProcessor(exporter), "1.2.3", ratio)


def a_job(traceparent: str | None = None) -> Job:
    return replace(new_job(1), id=JOB_ID, created_ms=1_000, updated_ms=1_000, traceparent=traceparent)


def way(job: Job) -> Iterator[tuple[Job, Job]]:
    """Yield the steps of a job that gets its video, before and after each."""
    states = (State.SENDING, State.SENT, State.STARTED, State.PROGRESS, State.PROGRESS, State.COMPLETED)
    for number, state in enumerate(states, 1):
        at_ms = 1_000 + number * 100
        ended_ms = at_ms if state is State.COMPLETED else None
        after = replace(job, state=state, updated_ms=at_ms, ended_ms=ended_ms)
        yield job, after
        job = after


def times(spans: Sequence[ReadableSpan]) -> list[tuple[str, int, int]]:
    return [
        (span.name, (span.start_time or 0) // 1_000_000, (span.end_time or 0) // 1_000_000) for span in spans
    ]


def test_a_job_is_one_trace_from_its_submit_to_its_end(exporter: InMemorySpanExporter) -> None:
    spans = JobSpans(tracing_to(exporter))

    for before, after in way(a_job()):
        spans.moved(before, after)

    made = exporter.get_finished_spans()
    assert times(made) == [
        ("waiting", 1_000, 1_100),
        ("answer", 1_100, 1_300),
        ("video", 1_300, 1_600),
        ("job", 1_000, 1_600),
    ]
    assert {span.context.trace_id for span in made} == {int(JOB_ID, 16)}
    assert {span.parent.span_id for span in made[:-1] if span.parent} == {made[-1].context.span_id}
    assert made[-1].parent is None


def test_the_time_in_each_state_of_an_open_job_is_part_of_a_span() -> None:
    assert set(PHASES) == OPEN


def test_a_job_that_waits_for_a_slot_has_a_span_until_it_has_an_account(
    exporter: InMemorySpanExporter,
) -> None:
    queued = replace(a_job(), state=State.QUEUED, account=None)
    given_one = replace(queued, state=State.WAITING, account=1, updated_ms=1_400)
    claimed = replace(given_one, state=State.SENDING, updated_ms=1_500)
    spans = JobSpans(tracing_to(exporter))

    spans.moved(queued, given_one)
    spans.moved(given_one, claimed)

    assert times(exporter.get_finished_spans()) == [("queued", 1_000, 1_400), ("waiting", 1_400, 1_500)]


def test_each_step_may_be_taken_by_another_process(exporter: InMemorySpanExporter) -> None:
    for before, after in way(a_job()):
        JobSpans(tracing_to(exporter)).moved(before, after)

    made = exporter.get_finished_spans()
    assert [span.name for span in made] == ALL
    assert {span.parent.span_id for span in made[:-1] if span.parent} == {made[-1].context.span_id}


def test_the_trace_is_that_of_the_submit_if_it_brought_one(exporter: InMemorySpanExporter) -> None:
    tracing = tracing_to(exporter)
    job = a_job(tracing.taken(BROUGHT))

    for before, after in way(job):
        JobSpans(tracing).moved(before, after)
    sending = tracing.sending("callback", origin_of(job), {})
    sending.end(200, None)

    *_, of_job, callback = exporter.get_finished_spans()
    assert {span.context.trace_id for span in exporter.get_finished_spans()} == {int(TRACE, 16)}
    parents = [span.parent.span_id for span in (of_job, callback) if span.parent]
    assert parents == [int(SPAN, 16), of_job.context.span_id]
    assert sending.headers == {"traceparent": f"00-{TRACE}-{callback.context.span_id:016x}-01"}


@pytest.mark.parametrize(
    ("brought", "ratio", "is_recorded"),
    [(None, 0.0, False), (None, 1.0, True), (BROUGHT, 0.0, True), (f"00-{TRACE}-{SPAN}-00", 1.0, False)],
)
def test_a_trace_is_recorded_whole_or_not_at_all_and_the_caller_decides(
    exporter: InMemorySpanExporter, brought: str | None, ratio: float, is_recorded: bool
) -> None:
    tracing = tracing_to(exporter, ratio)
    job = a_job(brought)

    for before, after in way(job):
        JobSpans(tracing).moved(before, after)
    sending = tracing.sending("callback", origin_of(job), {})
    sending.end(200, None)

    names = [span.name for span in exporter.get_finished_spans()]
    assert names == ([*ALL, "callback"] if is_recorded else [])
    assert sending.headers["traceparent"].endswith("-01" if is_recorded else "-00")


@pytest.mark.parametrize("text", [None, "", "00-broken", f"00-{TRACE}-{SPAN}-01-more"])
def test_a_broken_header_is_not_kept(exporter: InMemorySpanExporter, text: str | None) -> None:
    assert tracing_to(exporter).taken(text) is None


def test_a_job_without_a_video_ends_in_an_error_and_says_nothing_private(
    exporter: InMemorySpanExporter,
) -> None:
    spans = JobSpans(tracing_to(exporter))
    failure = Failure(Cause.BOT_BUSY, "the bot's words", "more of them")
    failed = replace(a_job(), state=State.FAILED, updated_ms=1_100, ended_ms=1_100, failure=failure)

    spans.moved(a_job(), failed)

    [_, job] = exporter.get_finished_spans()
    assert (job.status.is_ok, job.status.description) == (False, "bot_busy")
    shown = f"{job.attributes} {job.name} {job.status.description}"
    assert not any(text in shown for text in ("words", str(failed.command.prompt)))


def test_a_video_that_comes_after_the_end_has_a_span_and_the_job_no_second_one(
    exporter: InMemorySpanExporter,
) -> None:
    given_up = replace(a_job(), state=State.GIVEN_UP, updated_ms=1_100, ended_ms=1_100)
    late = replace(given_up, state=State.COMPLETED, updated_ms=1_500, ended_ms=1_500, is_late=True)

    JobSpans(tracing_to(exporter)).moved(given_up, late)

    assert times(exporter.get_finished_spans()) == [("late", 1_100, 1_500)]


def test_the_service_has_a_name_and_a_version(
    exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OTEL_SERVICE_NAME", raising=False)
    tracing_to(exporter).sending("alert", None, {}).end(200, None)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "ours")
    tracing_to(exporter).sending("alert", None, {}).end(None, "no answer")

    told = [span.resource.attributes for span in exporter.get_finished_spans()]
    assert [(one["service.name"], one["service.version"]) for one in told] == [
        ("pixverse-bridge", "1.2.3"),
        ("ours", "1.2.3"),
    ]


@pytest.mark.parametrize(("value", "is_made"), [("true", False), ("TRUE", False), ("false", True)])
async def test_the_variable_of_the_standard_switches_it_off(
    monkeypatch: pytest.MonkeyPatch, value: str, *, is_made: bool
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", value)
    async with tracing_of(ENABLED, Redactor(HandClock())) as tracing:
        sending = tracing.sending("alert", None, {})

    assert bool(sending.headers) is is_made


async def test_a_variable_that_the_library_refuses_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "-5")

    with pytest.raises(ConfigurationError, match="schedule_delay_millis must be positive"):
        async with tracing_of(ENABLED, Redactor(HandClock())):
            pass


@pytest.mark.parametrize(
    "told",
    [
        "x-key=sesame-open-7",
        "x-key=Plain%20sesame-open-7",
        pytest.param("x-key: sesame-open-7", id="which the library logs whole, since it has no equals sign"),
    ],
)
async def test_no_log_line_shows_what_lets_the_bridge_into_the_collector(
    monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"x-other=1,{told}")
    redactor = Redactor(HandClock())

    async with tracing_of(ENABLED, redactor):
        pass

    shown = redactor.clean(f"{told} sesame-open-7")
    assert "sesame" not in shown
