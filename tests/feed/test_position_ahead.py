"""A position that the log has not reached: the log was begun anew, and the reader has to be told."""

import aiohttp
import pytest

from tests.feed.conftest import HEADERS, World

AHEAD = 99_999


async def test_a_stream_from_ahead_of_the_log_is_reset_to_its_newest_position_and_goes_on_live(
    world: World,
) -> None:
    await world.write(1, 2)
    await world.given()

    async with world.stream(AHEAD) as blocks:
        reset = await blocks.next()
        await world.write(3)
        await world.given()
        live = await blocks.ids(1)

    assert reset == b'event: reset\nid: 2\ndata: {"position":2}'
    assert live == [3]


async def test_a_stream_from_ahead_begins_with_the_position_that_is(
    world: World, http: aiohttp.ClientSession
) -> None:
    await world.write(1)
    await world.given()

    async with http.get(world.url, headers={**HEADERS, "Last-Event-ID": str(AHEAD)}) as response:
        start = await response.content.readuntil(b"\n\n") + await response.content.readuntil(b"\n\n")

    assert start == b"retry: 2000\n\nid: 1\n\n"


async def test_a_page_from_ahead_of_the_log_is_reset_too(world: World) -> None:
    await world.write(1, 2)

    page = await world.page(AHEAD)
    await world.write(3)
    behind = await world.page(page["next"])

    assert page == {"events": [], "next": 2, "reset": True, "code": 200}
    assert [event["id"] for event in behind["events"]] == [3]


async def test_a_position_ahead_of_an_empty_log_is_reset_to_its_beginning(world: World) -> None:
    page = await world.page(1)

    assert page == {"events": [], "next": 0, "reset": True, "code": 200}


async def test_the_newest_position_is_not_ahead(world: World) -> None:
    await world.write(1, 2)

    page = await world.page(2)

    assert page == {"events": [], "next": 2, "code": 200}


@pytest.fixture
def http(world: World) -> aiohttp.ClientSession:
    return world.http
