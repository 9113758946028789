"""A log that cannot be read in the midst of a stream: the reader is let go, and comes back."""

import aiohttp
import pytest

from bridge.feed.live import PAGE
from bridge.store.database import StoreUnavailable
from tests.feed.conftest import World


@pytest.mark.parametrize("trouble", [StoreUnavailable("the disk is gone"), ValueError("odd")])
async def test_a_replay_that_cannot_go_on_is_cut_and_comes_back_without_a_hole(
    world: World, trouble: Exception
) -> None:
    async def failing() -> None:
        raise trouble

    async def well() -> None: ...

    await world.write(*range(300))
    await world.given()
    world.meanwhile += [well, failing]

    async with world.stream(0) as blocks:
        before = await blocks.ids(PAGE)
        with pytest.raises(aiohttp.ClientError):
            await blocks.next()
    async with world.stream(before[-1]) as blocks:
        after = await blocks.ids(100)

    assert before + after == list(range(1, 301))
