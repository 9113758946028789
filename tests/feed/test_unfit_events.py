"""An event that cannot be encoded is missed by nobody but itself, wherever it is read."""

import pytest
import structlog
from structlog.testing import LogCapture

from bridge.feed.live import PAGE
from tests.feed.conftest import World


@pytest.fixture
def logged() -> LogCapture:
    capture = LogCapture()
    structlog.configure(processors=[capture])
    return capture


@pytest.fixture
async def log(world: World, logged: LogCapture) -> World:
    """A log in which the second, the third and the last of six events cannot be encoded."""
    world.unfit |= {"job-2", "job-3", "job-6"}
    await world.write(*range(1, 7))
    await world.given()
    logged.entries.clear()
    return world


def lines(logged: LogCapture) -> list[tuple[str, object]]:
    """Return what was logged besides the requests."""
    told = [entry for entry in logged.entries if entry["event"] != "request"]
    return [(entry["event"], entry.get("positions")) for entry in told]


async def test_a_replay_goes_on_behind_it_and_logs_once(log: World, logged: LogCapture) -> None:
    async with log.stream(0) as blocks:
        ids = await blocks.ids(3)
        await log.write(7)
        await log.given()
        ids += await blocks.ids(1)

    assert ids == [1, 4, 5, 7]
    assert lines(logged) == [("events_were_not_encoded", [2, 3, 6])]


async def test_a_page_leaves_it_out_and_goes_on_behind_it(log: World, logged: LogCapture) -> None:
    page = await log.page(0)

    assert [event["id"] for event in page["events"]] == [1, 4, 5]
    assert page["next"] == 6
    assert lines(logged) == [("events_were_not_encoded", [2, 3, 6])]


async def test_a_live_reader_gets_what_comes_behind_it(world: World, logged: LogCapture) -> None:
    world.unfit |= {"job-2", "job-3"}

    async with world.stream() as blocks:
        await world.write(1, 2, 3, 4)
        await world.given()
        ids = await blocks.ids(2)

    assert ids == [1, 4]
    assert lines(logged) == [("events_were_not_encoded", [2, 3])]


async def test_all_three_show_a_job_in_the_same_way(world: World) -> None:
    async with world.stream() as blocks:
        await world.write(1)
        await world.given()
        live = await blocks.next()
    async with world.stream(0) as blocks:
        replayed = await blocks.next()
    (event,) = (await world.page(0))["events"]

    assert live == replayed
    assert live.endswith(b"data: " + encoded(event["job"]))


def encoded(job: object) -> bytes:
    import json

    return json.dumps(job, separators=(",", ":"), ensure_ascii=False).encode()


async def test_what_cannot_be_read_is_left_out_however_many_there_are(world: World) -> None:
    """More than a page of them, as from a newer version of the bridge."""
    await world.write(*range(1, PAGE + 4))
    damage = "UPDATE events SET snapshot = '{' WHERE position BETWEEN 2 AND :last"
    await world.database.write(lambda tx: tx.run(damage, last=PAGE + 2))
    await world.given()

    async with world.stream(0) as blocks:
        ids = await blocks.ids(2)
        await world.given()
        await world.write(PAGE + 4)
        await world.given()
        ids += await blocks.ids(1)
    page = await world.page(1)

    assert ids == [1, PAGE + 3, PAGE + 4]
    assert [event["id"] for event in page["events"]] == [PAGE + 3, PAGE + 4]
