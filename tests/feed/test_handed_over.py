"""What was just committed is handed to the feed in memory; the log is the truth for what it does not get."""

from collections.abc import Sequence

import pytest

from bridge.api.http.stream import EventStream
from bridge.feed.live import Quiet, Subscriber
from bridge.store.rows import events
from bridge.store.rows.events import Event
from tests.feed.conftest import World, appended
from tests.tools.jobs import new_job


async def committed(world: World, *numbers: int) -> Sequence[Event]:
    """Write an event for each of these jobs; return them as their writer has them."""
    jobs = [new_job(number) for number in numbers]
    positions = await world.database.write(lambda tx: appended(tx, jobs))
    return [Event(position, job.updated_ms, job) for position, job in zip(positions, jobs, strict=True)]


@pytest.fixture
def pages(world: World, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The positions behind which the log was looked at."""
    found: list[int] = []
    page = world.feed.page

    async def counted(tenant: str, position: int) -> object:
        found.append(position)
        return await page(tenant, position)

    monkeypatch.setattr(world.feed, "page", counted)
    return found


async def test_what_is_carried_is_given_without_a_look_and_is_what_the_log_says(
    world: World, pages: list[int]
) -> None:
    async with world.stream() as blocks:
        for event in await committed(world, 1, 2):
            world.notifier.notify("events", event)
        live = await blocks.some(2)
    looks = list(pages)
    async with world.stream(0) as blocks:
        replayed = await blocks.some(2)

    assert live == replayed
    assert looks == []


async def test_what_is_carried_out_of_order_is_given_in_order(world: World) -> None:
    async with world.stream() as blocks:
        for event in reversed(await committed(world, 1, 2, 3)):
            world.notifier.notify("events", event)

        assert await blocks.ids(3) == [1, 2, 3]


async def test_a_gap_in_what_is_carried_is_filled_from_the_log(world: World) -> None:
    async with world.stream() as blocks:
        first, _, third = await committed(world, 1, 2, 3)
        world.notifier.notify("events", first)
        world.notifier.notify("events", third)

        assert await blocks.ids(3) == [1, 2, 3]


async def test_a_ring_that_carries_nothing_is_a_look_at_the_log(world: World) -> None:
    async with world.stream() as blocks:
        first, _ = await committed(world, 1, 2)
        world.notifier.notify("events", first)
        world.notifier.notify("events")

        assert await blocks.ids(2) == [1, 2]


async def test_what_comes_twice_or_late_is_given_once(world: World) -> None:
    async with world.stream() as blocks:
        first, second = await committed(world, 1, 2)
        world.notifier.notify("events")
        before = await blocks.ids(2)
        for event in (first, second, *await committed(world, 3)):
            world.notifier.notify("events", event)
        after = await blocks.ids(1)

    assert (before, after) == ([1, 2], [3])
    assert (await world.database.read(events.ends))[1] == 3


async def test_what_comes_together_is_written_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[bytes] = []
    write = EventStream.write

    async def noted(self: EventStream, data: bytes) -> None:
        writes.append(data)
        await write(self, data)

    async with world.stream() as blocks:
        monkeypatch.setattr(EventStream, "write", noted)
        for event in await committed(world, 1, 2, 3):
            world.notifier.notify("events", event)
        came = await blocks.ids(3)

    assert came == [1, 2, 3]
    assert [data.count(b"data: ") for data in writes] == [3]


async def test_nothing_is_read_behind_the_end_of_a_reader() -> None:
    reader = Subscriber("default", 0)
    for word in (Quiet(), None, Quiet()):
        reader.queue.put_nowait(word)

    assert await reader.next() == [Quiet(), None]
