"""One log, and each tenant's own part of it: what others do is not told and keeps nobody waiting."""

from dataclasses import replace

import pytest

from bridge.feed import live
from tests.feed.conftest import KEEP_MS, World, appended
from tests.tools.hand_clock import HandClock
from tests.tools.jobs import new_job

DAY_S = KEEP_MS / 1000
MANY = 300


async def write_of_another(world: World, *numbers: int) -> None:
    """Write events of another tenant's jobs."""
    found = [replace(new_job(number), tenant="other", updated_ms=world.clock.now_ms()) for number in numbers]
    await world.database.write(lambda tx: appended(tx, found))


async def test_another_tenants_flood_makes_no_reader_fall_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BACKLOG", 10)

    with world.feed.reading("default") as reader:
        await write_of_another(world, *range(MANY))
        await world.given()
        waiting = reader.queue.qsize()
        await world.write(MANY)
        await world.given()
        [item] = await reader.next()

    assert waiting == 0
    assert isinstance(item, live.LogEntry)
    assert item.event.position == MANY + 1


async def test_a_page_holds_as_many_events_whatever_others_did_in_between(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.api.events.PAGES", 2)
    monkeypatch.setattr(live, "PAGE", 10)
    await world.write(1)
    await write_of_another(world, *range(2, 60))
    await world.write(60)

    page = await world.page(0)

    assert [event["id"] for event in page["events"]] == [1, 60]


async def test_what_was_deleted_of_another_tenants_log_is_no_cut(world: World, clock: HandClock) -> None:
    await world.write(1)
    await write_of_another(world, 2, 3)
    clock.pass_s(DAY_S + 1)
    await world.write(4)
    await world.cut()
    await world.given()

    page = await world.page(1)
    async with world.stream(1) as blocks:
        streamed = await blocks.ids(1)
    cut = await world.page(1 - 1, "?jobid=none")

    assert [event["id"] for event in page["events"]] == streamed == [4]
    assert "reset" not in page
    assert "reset" not in cut


async def test_what_was_deleted_of_the_own_log_is_a_cut_also_behind_another_tenants(
    world: World, clock: HandClock
) -> None:
    await write_of_another(world, 1)
    await world.write(2, 3)
    await write_of_another(world, 4)
    clock.pass_s(DAY_S + 1)
    await world.cut()

    page = await world.page(2)

    assert page == {"events": [], "next": 3, "reset": True, "code": 200}
