"""What the simulated Discord sends to one session, and to a hundred: its speed must not hide the bridge's.

Usage: python -m bench.fanout [--seconds 5]. A bot speaks in a channel of all as fast as the simulator takes
it; each session is a plain WebSocket that reads and drops, all of them in a process of their own.
"""

import argparse
import asyncio
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp
from rich.console import Console
from rich.table import Table

from bench.figures import machine
from bench.marks import tell
from bench.processes import bridge_command, hand, line_of, started

FOLDER: Final = Path("data")
SESSIONS: Final = (1, 100)
SPEAKERS: Final = 4
FIRST_WORD_S: Final = 60.0
MARK: Final = "MESSAGE_CREATE"


@dataclass(frozen=True)
class Figures:
    """Messages that were posted, frames that were read, and in how many seconds."""

    sessions: int
    messages: int
    frames: int
    seconds: float


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


def main() -> None:
    """Measure both and print a table."""
    parser = argparse.ArgumentParser(prog="bench.fanout", description="Measure what the simulator sends.")
    parser.add_argument("--seconds", type=float, default=5.0, help="for how long, each")
    parser.add_argument("--listen", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.listen is not None:
        asyncio.run(listen(options.listen, json.loads(sys.stdin.readline())))
        return
    measure(options.seconds)


def measure(seconds: float) -> None:
    """Measure for each number of sessions, and print."""
    FOLDER.mkdir(exist_ok=True)
    show([asyncio.run(measured(count, seconds)) for count in SESSIONS])


async def measured(count: int, seconds: float) -> Figures:
    """Run a simulator, its listeners, and a bot that speaks."""
    with TemporaryDirectory(prefix="fanout-", dir=FOLDER) as folder:
        arguments = ("--accounts", str(count), "--seed", "1")
        async with (
            bridge_command("sandbox-discord", Path(folder), {}, *arguments) as simulator,
            started("bench.fanout", "--listen", str(count)) as listeners,
            aiohttp.ClientSession(trust_env=False) as http,
        ):
            world = simulator["discord"]
            await hand(listeners, json.dumps(world))
            async with asyncio.timeout(FIRST_WORD_S):
                await line_of(listeners)
            begun = time.perf_counter()
            messages = await speak(http, world, seconds)
            await hand(listeners, str(messages))
            async with asyncio.timeout(FIRST_WORD_S):
                frames = int(await line_of(listeners))
            return Figures(count, messages, frames, time.perf_counter() - begun)


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


def show(rows: list[Figures]) -> None:
    """Print the table."""
    table = Table(title="What the simulated Discord sends", title_justify="left")
    for heading in ("sessions", "messages", "frames", "messages a second", "frames a second"):
        table.add_column(heading, justify="right")
    for row in rows:
        rates = (f"{value / row.seconds:,.0f}" for value in (row.messages, row.frames))
        table.add_row(f"{row.sessions}", f"{row.messages}", f"{row.frames}", *rates)
    console = Console(highlight=False)
    console.print(table)
    console.print(
        f"Over REST by a bot, {SPEAKERS} requests at a time. Measured on: {machine()}", soft_wrap=True
    )


if __name__ == "__main__":
    main()
