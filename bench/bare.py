"""The client to compare with: discord.py-self as it is, which hears every message and does nothing.

Usage: python -m bench.bare, with `{"world": …, "accounts": N}` on stdin. All accounts are clients of this one
process. Prints the sessions' ids when they are subscribed. Then `{"hear": N}` asks for the next N measured
edits, `{"post": {"prompts": […], "at_once": N}}` for slash commands and how many seconds they took.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import discord
import yarl
from discord import utils
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bench.listening import Notes, obey
from bench.marks import mark_of, tell


class Bare(discord.Client):
    """Notes when the library hands an edit to its user."""

    def __init__(self, notes: Notes, channel: int) -> None:
        super().__init__(guild_subscriptions=False, chunk_guilds_at_startup=False)
        self.is_subscribed = asyncio.Event()
        self._notes = notes
        self._channel = channel
        self._create: Any = None

    async def on_ready(self) -> None:
        """Subscribe to the guild, as one must to hear of a large one."""
        wanted: Any = {"typing": True, "threads": True, "activities": False, "member_updates": False}
        await self.ws.bulk_guild_subscribe({str(guild.id): wanted for guild in self.guilds})
        self.is_subscribed.set()

    async def on_raw_message_edit(self, edit: discord.RawMessageUpdateEvent) -> None:
        """Note an edit that belongs to the measurement."""
        heard_ns = time.monotonic_ns()
        self._notes.add(heard_ns, mark_of(edit.data, "id"))

    async def look_up(self) -> None:
        """Look the slash command up, once."""
        channel: Any = self.get_channel(self._channel) or await self.fetch_channel(self._channel)
        commands = await channel.application_commands()
        self._create = next(command for command in commands if command.name == "create")

    async def create(self, prompt: str) -> None:
        """Run the slash command and wait until the bot has answered."""
        await self._create(prompt=prompt, style="Realistic")


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


async def post(clients: Sequence[Bare], prompts: Sequence[str], at_once: int) -> None:
    """Run a slash command for each prompt, the accounts in turn; tell how many seconds it took."""
    for client in clients:
        await client.look_up()
    left = iter(enumerate(prompts))
    begun = time.perf_counter()

    async def one() -> None:
        for number, prompt in left:
            await clients[number % len(clients)].create(prompt)

    await asyncio.gather(*(one() for _ in range(at_once)))
    tell(time.perf_counter() - begun)


async def main() -> None:
    """Listen; a connection that fails leaves the word to whoever waits for it."""
    given = json.loads(sys.stdin.readline())
    world = given["world"]
    point_library_at(world)
    notes = Notes()
    places = [world["channel_id"], *(each["channel"] for each in world["spare_accounts"])]
    accounts = list(zip(world["accounts"], places, strict=True))[: given["accounts"]]
    clients = [Bare(notes, int(place)) for _, place in accounts]
    running = [
        asyncio.create_task(client.start(account["token"]))
        for client, (account, _) in zip(clients, accounts, strict=True)
    ]
    for client in clients:
        await client.is_subscribed.wait()
    tell([client.ws.session_id for client in clients])
    await obey({"hear": notes.tell, "post": lambda wanted: post(clients, **wanted)})
    for task in running:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main())
