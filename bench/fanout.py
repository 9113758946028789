"""What the simulated Discord sends to one session, and to a hundred: its speed must not hide the bridge's.

A bot speaks in a channel of all as fast as the simulator takes it; each session is a plain WebSocket that
reads and drops, all of them in a process of their own (python -m bench.fanout SESSIONS).
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import aiohttp

from bench.marks import tell
from bench.processes import bridge_command, hand, said, started
from bench.tables import Table

SPEAKERS: Final = 4
FIRST_WORD_S: Final = 60.0
MARK: Final = "MESSAGE_CREATE"
NOTES: Final = (f"Over REST by a bot, {SPEAKERS} requests at a time.",)


class Tally:
    """How many frames were read, by all sessions together."""

    def __init__(self) -> None:
        self.heard = 0
        self._wanted = sys.maxsize
        self._done = asyncio.Event()

    def add(self) -> None:
        """Count one."""
        self.heard += 1
        if self.heard >= self._wanted:
            self._done.set()

    async def reached(self, wanted: int) -> None:
        """Wait until so many were read."""
        self._wanted = wanted
        if self.heard < wanted:
            await self._done.wait()


async def measure(folder: Path, sessions: Sequence[int], seconds: float) -> Table:
    """Measure for each number of sessions."""
    folder.mkdir()  # noqa: ASYNC240
    rows = [await measured(folder / str(count), count, seconds) for count in sessions]
    headings = ("sessions", "messages", "frames", "messages a second", "frames a second")
    return Table("What the simulated Discord sends", headings, rows, NOTES)


async def measured(folder: Path, count: int, seconds: float) -> Sequence[str]:
    """Run a simulator, its listeners, and a bot that speaks."""
    folder.mkdir()  # noqa: ASYNC240
    async with (
        bridge_command("sandbox-discord", folder, {}, "--accounts", str(count), "--seed", "1") as simulator,
        started("bench.fanout", str(count)) as listeners,
        aiohttp.ClientSession(trust_env=False) as http,
    ):
        world = simulator.facts["discord"]
        await hand(listeners, world)
        async with asyncio.timeout(FIRST_WORD_S):
            await said(listeners)
        begun = time.perf_counter()
        messages = await speak(http, world, seconds)
        await hand(listeners, messages)
        async with asyncio.timeout(FIRST_WORD_S):
            frames: int = await said(listeners)
        took_s = time.perf_counter() - begun
    return [str(count), str(messages), str(frames), f"{messages / took_s:,.0f}", f"{frames / took_s:,.0f}"]


async def speak(http: aiohttp.ClientSession, world: Any, seconds: float) -> int:
    """Post in the small guild's channel, a few requests at a time; return how many there were."""
    await http.post(f"{world['cdn_url']}/_sandbox/limits", json={"kept": False})
    place = next(each for each in world["places"] if each["name"] == "general")
    address = f"{world['api_url']}/v10/channels/{place['channel_id']}/messages"
    headers = {"Authorization": f"Bot {world['bot_token']}"}
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds

    async def one() -> int:
        posted = 0
        while loop.time() < end:
            async with http.post(address, json={"content": f"{posted}"}, headers=headers) as answer:
                answer.raise_for_status()
                posted += 1
        return posted

    return sum(await asyncio.gather(*(one() for _ in range(SPEAKERS))))


async def listen(count: int, world: Any) -> None:
    """Open the sessions, say so, and after the number of messages was told say how many frames came."""
    tally = Tally()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, trust_env=False) as http:
        sockets = [await opened(http, world, each["token"]) for each in world["accounts"]]
        readers = [asyncio.create_task(drain(socket, tally)) for socket in sockets]
        tell("listening")
        await tally.reached(int(await asyncio.to_thread(sys.stdin.readline)) * count)
        tell(tally.heard)
        for reader in readers:
            reader.cancel()


async def opened(http: aiohttp.ClientSession, world: Any, token: str) -> aiohttp.ClientWebSocketResponse:
    """Return a session that has been told READY."""
    socket = await http.ws_connect(f"{world['gateway_url']}/?v=9&encoding=json", max_msg_size=0)
    await socket.send_json({"op": 2, "d": {"token": token, "capabilities": 22525, "properties": {}}})
    while "READY_SUPPLEMENTAL" not in (await socket.receive_str())[:60]:
        pass
    return socket


async def drain(socket: aiohttp.ClientWebSocketResponse, tally: Tally) -> None:
    """Note each message that one session hears."""
    async for message in socket:
        if MARK in str(message.data)[:40]:
            tally.add()


if __name__ == "__main__":
    asyncio.run(listen(int(sys.argv[1]), json.loads(sys.stdin.readline())))
