"""A stream ends within a second when its token is revoked or expires, whatever it is doing just then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bridge.access.api_token import Origin, Revoker
from bridge.access.quotas import Quotas
from bridge.api.http import stream as stream_module
from bridge.flows.access.start import full_token
from bridge.store.rows import api_tokens
from bridge.store.vault import digest
from tests.feed.conftest import TOKEN, Blocks, World
from tests.tools.counting import counting
from tests.tools.hand_clock import HandClock
from tests.tools.rows import a_token

HALF_S = 0.5
LOOKS = 5
"""More than it takes to see that no stream is left."""
ONE = full_token(digest("one-stream")[:8], Origin.COMMAND, 0)


@asynccontextmanager
async def watching(world: World) -> AsyncIterator[None]:
    """Look at the tokens of the open streams, as a bridge does."""
    looking = asyncio.create_task(world.callers.streams.run())
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait({looking})


async def revoke(world: World, token: str = TOKEN) -> None:
    """Revoke a token as the command line does: nobody in the bridge is told."""
    token_id = digest(token)[:8]
    await world.database.write(lambda tx: api_tokens.revoke(tx, token_id, Revoker.COMMAND, 1))


async def half_a_second(clock: HandClock) -> None:
    assert await clock.sleeper_s() <= HALF_S
    clock.pass_s(HALF_S)


async def is_over(blocks: Blocks) -> bool:
    """Return whether the stream ends with the time to come back after, and nothing else."""
    last = await blocks.response.content.read()
    return last == b"retry: 2000\n\n"


async def test_the_stream_of_a_revoked_token_ends(world: World, clock: HandClock) -> None:
    async with watching(world), world.stream() as blocks:
        await revoke(world)

        await half_a_second(clock)

        assert await is_over(blocks)


async def test_the_stream_of_a_token_that_expires_ends_and_no_other(world: World, clock: HandClock) -> None:
    ends_ms = clock.now_ms() + 700
    await world.database.write(lambda tx: a_token(tx, "expires-soon", expires_ms=ends_ms))
    async with watching(world), world.stream() as other, world.stream(token="expires-soon") as blocks:
        await half_a_second(clock)
        await world.write(1)
        await world.given()
        before = await blocks.next()

        await half_a_second(clock)

        assert before.startswith(b"id: 1\n")
        assert await is_over(blocks)
        assert (await other.next()).startswith(b"id: 1\n")


async def test_a_stream_that_replays_is_cut(
    world: World, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "END_S", 0)
    await world.write(*range(1_000))
    await world.given()

    async def revoked_meanwhile() -> None:
        await revoke(world)
        await half_a_second(clock)
        await world.given()

    world.meanwhile.append(revoked_meanwhile)
    async with watching(world), world.stream(0) as blocks:
        with pytest.raises((asyncio.IncompleteReadError, aiohttp.ClientError)):
            await blocks.some(1_000)


async def test_without_a_stream_nothing_is_looked_at(
    world: World, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.database.write(lambda tx: a_token(tx, "one-stream"))
    async with watching(world):
        async with world.stream(token="one-stream"):
            await half_a_second(clock)
        while world.callers.streams.count(ONE):
            await world.feed.ends("default")
        for _ in range(LOOKS):
            clock.pass_s(HALF_S)
            await world.feed.ends("default")
        with counting(monkeypatch) as statements:
            clock.pass_s(3_600)
            await world.feed.ends("default")

    assert not [one for one in statements if "api_tokens" in one]


async def test_a_stream_whose_reader_has_gone_counts_no_more(world: World) -> None:
    await world.database.write(lambda tx: a_token(tx, "one-stream", quotas=Quotas(streams=1)))

    for _ in range(2):
        async with world.stream(token="one-stream") as blocks:
            assert blocks.response.status == 200
        while world.callers.streams.count(ONE):
            await world.feed.ends("default")


async def test_a_request_costs_no_write_and_no_read_for_half_a_second(
    world: World, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.page(0)
    with counting(monkeypatch) as at_once:
        for _ in range(10):
            await world.page(0)
    clock.pass_s(HALF_S)
    with counting(monkeypatch) as later:
        await world.page(0)

    assert not [one for one in at_once if "api_tokens" in one]
    [look] = [one for one in later if "api_tokens" in one]
    assert look.startswith("SELECT value FROM meta")
    assert all(one.lstrip().startswith("SELECT") for one in (*at_once, *later))
