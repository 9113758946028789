"""The client to compare with: discord.py-self as it is, which hears every message and does nothing.

Usage: python -m bench.bare COUNT, with the simulator's world (JSON) on stdin. Prints the session's id when
it is subscribed, and when COUNT edits were heard, or none for a while, what was heard and when.
"""

import asyncio
import json
import sys
import time
from typing import Any, Final

import discord
import yarl
from discord import utils
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bench.marks import Heard, is_marked, tell

SILENCE_S: Final = 10.0


class Bare(discord.Client):
    """Notes when the library hands an edit to its user."""

    def __init__(self) -> None:
        super().__init__(guild_subscriptions=False, chunk_guilds_at_startup=False)
        self.edits: asyncio.Queue[Heard] = asyncio.Queue()

    async def on_ready(self) -> None:
        """Subscribe to the guild, as one must to hear of a large one."""
        wanted: Any = {"typing": True, "threads": True, "activities": False, "member_updates": False}
        await self.ws.bulk_guild_subscribe({str(guild.id): wanted for guild in self.guilds})
        tell(self.ws.session_id)

    async def on_raw_message_edit(self, edit: discord.RawMessageUpdateEvent) -> None:
        """Note an edit that belongs to the measurement."""
        heard_ns = time.monotonic_ns()
        content = edit.data.get("content", "")
        if is_marked(content):
            self.edits.put_nowait((heard_ns, content))

    async def heard(self, count: int) -> list[Heard]:
        """Return what was heard when it is complete, or when nothing comes any more."""
        found: list[Heard] = []
        try:
            while len(found) < count:
                async with asyncio.timeout(SILENCE_S if found else None):
                    found.append(await self.edits.get())
        except TimeoutError:
            pass
        return found


def point_library_at(world: dict[str, Any]) -> None:
    """Let the library use the simulator, and look nothing up elsewhere."""

    async def headers(*_: Any, **__: Any) -> utils.Headers:
        agent = {"browser_user_agent": "Mozilla/5.0"}
        return utils.Headers(
            platform="Windows", major_version=136, super_properties=agent, encoded_super_properties="e30="
        )

    Route.BASE = f"{world['api_url']}/v9"
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(world["gateway_url"])
    utils.Headers.default = headers  # type: ignore[method-assign]


async def main(count: int, world: dict[str, Any]) -> None:
    """Listen with the first account; a connection that fails leaves the word to whoever waits for it."""
    point_library_at(world)
    bare = Bare()
    running = asyncio.create_task(bare.start(world["accounts"][0]["token"]))
    tell(await bare.heard(count))
    running.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), json.loads(sys.stdin.readline())))
