"""The log of who was connected, or sent an interaction, from when to when."""

import asyncio
from typing import Any

from tests.tools.raw_user import RawUser

LIMIT_S = 30.0


async def test_a_connection_lasts_from_its_ready_until_its_end(user: RawUser) -> None:
    gateway = await user.login()
    await user.create("a cat")

    open_connection, post = await presences(user)
    await gateway.socket.close()
    closed = await until_ended(user)

    assert (open_connection["how"], open_connection["ended_ns"]) == ("identify", None)
    assert open_connection["user_id"] == post["user_id"] == user.world["accounts"][0]["user_id"]
    assert open_connection["address"] == post["address"] == "127.0.0.1"
    assert post["how"] == "post"
    assert open_connection["began_ns"] < post["began_ns"] < post["ended_ns"] < closed["ended_ns"]


async def presences(user: RawUser) -> Any:
    async with user.http.get(f"{user.world['cdn_url']}/_sandbox/presences") as answer:
        return await answer.json()


async def until_ended(user: RawUser) -> Any:
    """Return the first connection once it is over."""
    async with asyncio.timeout(LIMIT_S):
        while (found := (await presences(user))[0])["ended_ns"] is None:
            pass
    return found
