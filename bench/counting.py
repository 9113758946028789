"""What counting for the metrics costs of an edit and of a submit.

The share is too small to be seen between two runs on one machine, which differ by more. So the calls are read
from the metrics themselves, and each is timed alone.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.edits import JOBS_EACH, MOST_FRAMES, Numbers, run
from bench.figures import ms
from bench.load import begin_jobs
from bench.scene import BRIDGE, Scene, scene
from bench.submits import of_bridge, submitted
from bench.tables import Table
from bridge.clock import SystemClock
from bridge.metrics.metrics import Metrics

ACCOUNTS: Final = 10
TIMED: Final = 100_000
SAMPLE: Final = re.compile(r"pixverse_bridge_([a-z_]+)(?:\{.*\})? (\S+)")
NOTES: Final = (
    "Calls: those that the bridge made for one, by the metrics before and after.",
    f"Counting: the time of each kind of call, from {TIMED:,} of them alone, times how often it was made.",
    "CPU: of the whole process, with the counting in it.",
)


def calls(metrics: Metrics) -> Mapping[str, Callable[[], object]]:
    """Return what the bridge calls, by the sample that goes up by one with each call."""
    verb = "pixverse-create"

    def committed() -> None:
        with metrics.store.committing(2):
            pass

    def given() -> None:
        metrics.feed.committed(1)
        metrics.feed.given([1])

    return {
        "http_requests_total": lambda: metrics.http.answered("/v1/pixverse/create", "POST", 200, 0.1),
        "jobs_accepted_total": lambda: metrics.jobs.accepted(verb),
        "job_first_answer_seconds_count": lambda: metrics.jobs.answered(verb, 1.0),
        "jobs_ended_total": lambda: metrics.jobs.ended(verb, "completed", "", 60.0),
        "frame_to_commit_seconds_count": lambda: metrics.gateway.committed(0.01),
        "commit_to_feed_seconds_count": given,
        "messages_matched_total": lambda: metrics.messages.matched("message"),
        "messages_foreign_total": metrics.messages.foreign,
        "callback_attempts_total": lambda: metrics.callbacks.attempted(200, 0.1, is_delivered=True),
        "store_commit_seconds_count": committed,
    }


async def measure(folder: Path, rate: float, seconds: float, submits: int, at_once: int) -> Table:
    """Measure edits at a rate, then submits."""
    costs_us = timed()
    async with scene(folder, ACCOUNTS, BRIDGE_SERVER__METRICS="open") as everybody:
        starts, numbers = await begin_jobs(everybody, JOBS_EACH), Numbers()
        edits = min(int(rate * (seconds + 1)), MOST_FRAMES // 2)
        before = await scraped(everybody)
        edited = await run(everybody, starts, numbers, rate, seconds)
        rows = [row("edit", edits, edited.cpu_ms[BRIDGE], before, await scraped(everybody), costs_us)]
    beside = folder.with_name(f"{folder.name}-submits")
    async with scene(beside, ACCOUNTS, BRIDGE_SERVER__METRICS="open") as everybody:
        await submitted(everybody, at_once, at_once)
        before = await scraped(everybody)
        _, cpu_ms = await of_bridge(everybody, submits, at_once)
        rows.append(row("submit", submits, cpu_ms, before, await scraped(everybody), costs_us))
    title = f"Counting: {edits} edits at {rate:g} a second, {submits} submits {at_once} at a time"
    return Table(title, ("", "calls each", "counting each", "CPU each", "share"), rows, NOTES)


def row(
    name: str,
    things: int,
    cpu_ms: float,
    before: Mapping[str, float],
    after: Mapping[str, float],
    costs_us: Mapping[str, float],
) -> Sequence[str]:
    """Return the figures of one kind of work."""
    made = {call: (after.get(call, 0.0) - before.get(call, 0.0)) / things for call in costs_us}
    counting_us = sum(count * costs_us[call] for call, count in made.items())
    share = counting_us / 1000 / cpu_ms
    return [name, f"{sum(made.values()):.1f}", f"{counting_us:.1f} µs", ms(cpu_ms), f"{share:.2%}"]


def timed() -> Mapping[str, float]:
    """Return the microseconds of CPU that each call takes."""
    found = {}
    for name, call in calls(Metrics(SystemClock(), "0")).items():
        began_ns = time.process_time_ns()
        for _ in range(TIMED):
            call()
        found[name] = (time.process_time_ns() - began_ns) / 1000 / TIMED
    return found


async def scraped(everybody: Scene) -> Mapping[str, float]:
    """Return the samples of the bridge, added up over their labels."""
    async with everybody.client.http.get(f"{everybody.client.url}/metrics") as answer:
        text = await answer.text()
    found: dict[str, float] = {}
    for line in text.splitlines():
        if match := SAMPLE.fullmatch(line):
            found[match[1]] = found.get(match[1], 0.0) + float(match[2])
    return found
