"""Slow clients that fill the server, while good clients ask: how long these wait."""

import asyncio
import itertools
import random
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from bench.figures import Spread, ms, spread
from bench.host import usage_of
from bench.scene import TOKEN, Scene, scene
from bench.submits import prompts
from bench.tables import Table

ADDRESSES: Final = 250
"""How many addresses of this machine the slow clients have, so that no address reaches its limit."""
BYTE_EVERY_S: Final = 1.0
ARRIVE_EVERY_S: Final = 0.02
CONNECT_S: Final = 120.0
RATE: Final = 40
"""Requests of good clients a second."""
SUBMIT_EVERY: Final = 10
"""Each such request is a submit."""
SMALLEST_BUFFER: Final = 2_048
HEAD: Final = f"Host: bridge\r\nAuthorization: Bearer {TOKEN}\r\n"
BODY: Final = f"{HEAD}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
FORM: Final = (
    f"{HEAD}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 10000000\r\n\r\n--b\r\n"
)
KINDS: Final = {
    "head": f"GET /v1/pixverse/jobs HTTP/1.1\r\n{HEAD}X-Slow: ".encode(),
    "body": f"POST /v1/pixverse/create HTTP/1.1\r\n{BODY}{{".encode(),
    "picture": f"POST /v1/pixverse/animate HTTP/1.1\r\n{FORM}".encode(),
    "reader": f"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\n{HEAD}\r\n".encode() * 8,
}
"""How each kind begins; all but the reader then send a byte a second, and the reader reads one a second."""
NOTES: Final = (
    "Slow clients: a quarter each send a head, a body and a picture, a byte a second, and ask for 8 times "
    "1.5 MB and read a byte a second. 50 arrive a second; one that is cut comes back at once.",
    "Good clients: 40 requests a second, each on a new connection: health, jobs, history, accounts, and "
    "every tenth a submit, which the bot refuses. A submit waits for the bot and is not in the times.",
    "Slow clients, good clients and the bridge share the cores of one machine.",
)


async def measure(folder: Path, slow: Sequence[int], seconds: float) -> Table:
    """Ask beside each number of slow clients."""
    async with scene(folder, 1) as everybody:
        rows = [await run(everybody, count, seconds) for count in slow]
    headings = ("slow clients", "connected", "cut", "requests", "failed", "p50", "p99", "most", "bridge CPU")
    return Table(f"Slow clients, {seconds:g} s", headings, rows, NOTES)


async def run(everybody: Scene, count: int, seconds: float) -> Sequence[str]:
    """Ask once; return the row."""
    async with slow_clients(everybody.client.url, count) as crowd:
        before = usage_of(everybody.bridge_pid)
        took, failed = await good_clients(everybody, seconds)
        cpu_s = usage_of(everybody.bridge_pid).cpu_s - before.cpu_s
        shown = [str(each) for each in (count, len(crowd.connected), crowd.cuts, took.count, failed)]
    return [*shown, ms(took.p50_ms), ms(took.p99_ms), ms(took.most_ms), f"{cpu_s / seconds:.0%}"]


class Crowd:
    """The slow clients: which are connected now, and how many were cut."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.connected: set[int] = set()
        self.cuts = 0
        self.is_complete = asyncio.Event()

    def enter(self, number: int) -> None:
        """Count a client."""
        self.connected.add(number)
        if len(self.connected) == self._count:
            self.is_complete.set()

    def leave(self, number: int) -> None:
        """Count a client that was cut."""
        self.connected.discard(number)
        self.cuts += 1


@asynccontextmanager
async def slow_clients(url: str, count: int) -> AsyncIterator[Crowd]:
    """Keep so many slow clients."""
    crowd = Crowd(count)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(slow_client(url, number, crowd)) for number in range(count)]
        async with asyncio.timeout(CONNECT_S if count else None):
            await (crowd.is_complete.wait() if count else asyncio.sleep(0))
        yield crowd
        for task in tasks:
            task.cancel()


async def slow_client(url: str, number: int, crowd: Crowd) -> None:
    """Be slow, and again when cut."""
    address, kind = urlsplit(url), list(KINDS)[number % len(KINDS)]
    await asyncio.sleep(number * ARRIVE_EVERY_S)
    while True:
        with socket.socket() as client:
            client.setblocking(False)  # noqa: FBT003 - its only argument
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST_BUFFER)
            client.bind((f"127.1.{number % ADDRESSES}.1", 0))
            with suppress(OSError):
                await asyncio.get_running_loop().sock_connect(client, (address.hostname, address.port))
                crowd.enter(number)
                await be_slow(client, kind)
        crowd.leave(number)


async def be_slow(client: socket.socket, kind: str) -> None:
    """Send or read a byte a second; raises `OSError` when the server ends the connection."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(client, KINDS[kind])
    await asyncio.sleep(random.random() * BYTE_EVERY_S)  # noqa: S311 - spread them evenly
    while True:
        if kind == "reader":
            if not await loop.sock_recv(client, 1):
                raise ConnectionError
        else:
            await loop.sock_sendall(client, b"a")
        await asyncio.sleep(BYTE_EVERY_S)


async def good_clients(everybody: Scene, seconds: float) -> tuple[Spread, int]:
    """Ask evenly, each time on a new connection; return how long the answers took, and how many failed."""
    took: list[float] = []
    failed: list[int] = []
    paths = itertools.cycle(("health", "jobs", "jobs/history?limit=10", "account"))

    async def look(http: aiohttp.ClientSession) -> None:
        begun = time.perf_counter()
        status = await answered(http, "GET", f"{everybody.client.url}/v1/pixverse/{next(paths)}")
        took.append((time.perf_counter() - begun) * 1000)
        failed.extend([status] if status != 200 else [])

    async def submit(http: aiohttp.ClientSession) -> None:
        body = {"prompt": prompts(1)[0], "style": "Realistic"}
        status = await answered(http, "POST", f"{everybody.client.url}/v1/pixverse/create", body)
        failed.extend([status] if status in (0, 503) else [])

    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with (
        aiohttp.ClientSession(trust_env=False, connector=connector) as http,
        asyncio.TaskGroup() as group,
    ):
        for number in range(round(seconds * RATE)):
            group.create_task(submit(http) if number % SUBMIT_EVERY == 0 else look(http))
            await asyncio.sleep(1 / RATE)
    return spread(took), len(failed)


async def answered(http: aiohttp.ClientSession, method: str, url: str, body: object = None) -> int:
    """Return the status of an answer that was read; 0 without one."""
    try:
        async with http.request(
            method, url, json=body, headers={"Authorization": f"Bearer {TOKEN}"}
        ) as answer:
            await answer.read()
            return answer.status
    except aiohttp.ClientError:
        return 0
