"""A stream says where it is when nothing was sent for a while, on the clock and no other."""

from bridge.api.http.stream import HEARTBEAT_S
from bridge.feed.live import Notice
from tests.feed.conftest import World
from tests.tools.hand_clock import HandClock

WORD = b"event: account\ndata: {}"


async def test_a_silent_stream_sends_a_bare_id_with_its_newest_place(world: World, clock: HandClock) -> None:
    await world.write(1, 2, 3)
    await world.given()

    async with world.stream(0, "?jobid=none") as blocks:
        clock.pass_s(HEARTBEAT_S)
        first = await blocks.next()
        clock.pass_s(HEARTBEAT_S)
        second = await blocks.next()

    assert (first, second) == (b"id: 3", b"id: 3")


async def test_no_heartbeat_comes_before_it_is_due_and_what_is_sent_puts_it_off(
    world: World, clock: HandClock
) -> None:
    async with world.stream() as blocks:
        told = []
        for _ in range(3):
            clock.pass_s(HEARTBEAT_S - 1)
            world.feed.publish(Notice("default", "1", b"{}"))
            told.append(await blocks.next())
        clock.pass_s(HEARTBEAT_S)
        last = await blocks.next()

    assert told == [WORD] * 3
    assert last == b"id: 0"


async def test_a_busy_stream_of_which_nothing_is_let_through_sends_its_newest_place(
    world: World, clock: HandClock
) -> None:
    async with world.stream(query="?jobid=none") as blocks:
        for number in range(3):
            await world.write(number)
            await world.given()
            clock.pass_s(HEARTBEAT_S / 3)
        block = await blocks.next()

    assert block == b"id: 3"
