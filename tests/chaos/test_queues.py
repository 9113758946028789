"""A sample of the queue of the long form, and what its replay finds."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.queues import Replay, Told, a_queue


@pytest.mark.thorough
@pytest.mark.timeout(180)
async def test_a_queue_through_deaths_keeps_its_order_and_every_job(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with a_queue(tmp_path, seed=1) as crowd:
        verdict = await crowd.play(jobs=40, deaths=2)

    record_property("chaos, queue", crowd.line())
    assert verdict.broken == []
    assert verdict.figures["jobs"] == 40
    assert verdict.figures["completed"] > 30
    assert crowd.replay.given > 0


def told(
    job_id: str, status: str = "created", channel: str = "", priority: int = 5, at_s: float = 0.0
) -> Told:
    job: Mapping[str, Any] = {
        "jobid": job_id,
        "status": status,
        "channel": channel,
        "prompt": f"a cat {priority}",
        "replyRef": "ann:1",
    }
    return Told(job, at_s)


def heard(*events: Told, slots: int = 1) -> Replay:
    replay = Replay(free_s={"1": [0.0] * slots})
    for number, event in enumerate(events):
        replay.hear(number, event)
    return replay


def test_a_job_that_is_given_a_slot_out_of_its_order_is_found() -> None:
    replay = heard(told("a"), told("b", priority=9), told("a", channel="1"))

    assert replay.broken == ["order: job a was given a slot before b"]


def test_a_slot_that_is_given_twice_is_found() -> None:
    replay = heard(told("a", channel="1"), told("b"), told("b", channel="1"))

    assert replay.broken == ["twice: channel 1 has more jobs than slots"]


def test_how_long_a_slot_was_empty_counts_from_when_somebody_waited_for_it() -> None:
    replay = heard(
        told("a", channel="1"),
        told("b", at_s=1),
        told("a", "completed", "1", at_s=2),
        told("b", channel="1", at_s=2.5),
        told("b", "completed", "1", at_s=3),
        told("c", at_s=4),
        told("c", channel="1", at_s=4.25),
    )

    assert replay.broken == []
    assert replay.empty_ms == [500, 250]
