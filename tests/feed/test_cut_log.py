"""The log is cut while it is read: whoever misses something is told, and nobody else."""

import asyncio
from dataclasses import replace

import pytest

from bridge.api.contract.responses import ResetNotice
from bridge.feed.live import PAGE
from bridge.flows.keep.retention import Retention
from bridge.jobs.job import State
from tests.feed.conftest import KEEP_MS, Blocks, World, appended
from tests.tools.hand_clock import HandClock
from tests.tools.jobs import new_job

DAY_S = KEEP_MS / 1000
HOUR_S = 3_600


def reset(position: int) -> bytes:
    return b'event: reset\nid: %d\ndata: {"position":%d}' % (position, position)


@pytest.fixture
async def log(world: World) -> World:
    """A log of which the first 300 events are old, and further 200 are not."""
    await world.write(*range(300), age_s=DAY_S + 1)
    await world.write(*range(300, 500))
    await world.given()
    return world


async def test_a_reader_is_told_what_was_cut_away_before_it_while_it_replayed(log: World) -> None:
    log.meanwhile.append(log.cut)

    async with log.stream(0) as blocks:
        before = await blocks.ids(PAGE)
        told = await blocks.next()
        after = await blocks.ids(200)

    assert before == list(range(1, PAGE + 1))
    assert told == reset(300)
    assert ResetNotice.model_validate_json(told.partition(b"data: ")[2]) == ResetNotice(position=300)
    assert after == list(range(301, 501))


async def test_a_reader_is_told_also_when_nothing_is_left(log: World, clock: HandClock) -> None:
    clock.pass_s(DAY_S + 1)
    log.meanwhile.append(log.cut)

    async with log.stream(0) as blocks:
        await blocks.ids(PAGE)
        told = await blocks.next()
        await log.write(500)
        await log.given()
        after = await blocks.ids(1)

    assert told == reset(500)
    assert after == [501]


async def test_a_reader_that_has_had_what_was_cut_away_is_told_nothing(log: World) -> None:
    log.meanwhile.append(log.cut)

    async with log.stream(250) as blocks:
        after = await blocks.ids(250)

    assert after == list(range(251, 501))


async def test_what_is_cut_away_behind_the_beginning_of_the_live_part_is_still_given(
    log: World, clock: HandClock
) -> None:
    async def grown_and_cut() -> None:
        await log.write(*range(500, 510))
        await log.given()
        clock.pass_s(DAY_S + 1)
        await log.cut()

    log.meanwhile.append(grown_and_cut)

    async with log.stream(0) as blocks:
        await blocks.ids(PAGE)
        told = await blocks.next()
        after = await blocks.ids(10)

    assert told == reset(500)
    assert after == list(range(501, 511))


@pytest.mark.parametrize(
    ("position", "told", "first"),
    [(0, None, 301), (1, 300, 301), (299, 300, 301), (300, None, 301), (301, None, 302), (501, 500, 501)],
)
async def test_a_stream_and_a_page_begin_alike(
    log: World, position: int, told: int | None, first: int
) -> None:
    await log.cut()

    page = await log.page(position)
    async with log.stream(position) as blocks:
        begun = await blocks.next() if told else None
        await log.write(500)
        await log.given()
        streamed = await blocks.ids(1)
    behind = await log.page(told or position)

    assert page.get("reset") == (told and True)
    assert begun == (reset(told) if told else None)
    assert streamed == [first] == [behind["events"][0]["id"]]


async def test_those_who_read_live_come_back_when_the_feed_itself_comes_too_late(
    world: World,
) -> None:
    await world.write(1, age_s=DAY_S + 1)
    await world.given()

    async with world.stream() as blocks:
        await world.write(2, 3, age_s=DAY_S + 1)
        await world.cut()
        await world.given()
        last = await blocks.next()
        await at_its_end(blocks)
    async with world.stream(1) as blocks:
        told = await blocks.next()

    assert last == b"retry: 2000"
    assert told == reset(3)


async def at_its_end(blocks: Blocks) -> None:
    assert await blocks.response.content.read() == b""


async def test_a_page_ends_before_what_was_cut_away_and_the_next_one_tells_it(log: World) -> None:
    cut_once = asyncio.Event()
    page = log.feed.page

    async def cutting(tenant: str, position: int) -> object:
        found = await page(tenant, position)
        if not cut_once.is_set():
            cut_once.set()
            await log.cut()
        return found

    log.feed.page = cutting  # type: ignore[assignment, method-assign]

    first = await log.page(1, "?jobid=none")
    second = await log.page(first["next"])

    assert first == {"events": [], "next": 1 + PAGE, "code": 200}
    assert second["reset"] is True
    assert [event["id"] for event in second["events"]] == list(range(301, 401))


async def test_progress_that_is_gone_is_no_cut(world: World, clock: HandClock) -> None:
    states = (State.PROGRESS, State.PROGRESS, State.COMPLETED, State.PROGRESS)
    said = [replace(new_job(1), state=state, updated_ms=clock.now_ms()) for state in states]
    await world.database.write(lambda tx: appended(tx, said))
    clock.pass_s(HOUR_S + 1)
    await world.database.write(lambda tx: appended(tx, [replace(said[0], updated_ms=clock.now_ms())]))

    await Retention(world.database, clock, KEEP_MS, frozenset, HOUR_S * 1000).look()
    page = await world.page(0)

    assert [event["id"] for event in page["events"]] == [3, 5]
    assert "reset" not in page
