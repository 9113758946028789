"""Receivers that do what they can not to be reached."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from bridge.ports import Notifier
from bridge.sandbox import SandboxOptions, run_sandbox
from tests.chaos.orders import Client, Order, token
from tests.chaos.patience import all_ended, all_told
from tests.chaos.verdict import Court, Verdict
from tests.chaos.witnesses import Books, Ledger, a_ledger
from tests.tools.clocks import MovedClock
from tests.tools.world import Api, Discord, bridge_on

WAYS: Final = ("refuse", "hang", "drip", "redirect", "fail")
HOUR_S: Final = (7, 37, 150, 730, 2_200, 600)
"""An hour in steps, each longer than the pause before the next attempt can be."""
NEXT_S: Final = 9_000.0
"""Longer than the pause after the hour."""
TIMEOUT_S: Final = 0.5
LIMIT_S: Final = 30.0


@dataclass
class Hostile:
    """A receiver that misbehaves in its own way until `is_tamed`; then it hands on to a ledger."""

    way: str
    ledger: Ledger
    url: str = ""
    is_tamed: bool = False
    site: web.SockSite | None = None
    _let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take a callback, in its way."""
        if self.is_tamed:
            return await self.ledger.take(request)
        return await getattr(self, self.way)(request)  # type: ignore[no-any-return]

    async def hang(self, _request: web.Request) -> web.StreamResponse:
        """Say nothing."""
        await self._let_go.wait()
        return web.Response(status=500)

    async def drip(self, request: web.Request) -> web.StreamResponse:
        """Say one byte a second, and take nothing."""
        response = web.StreamResponse(status=503)
        await response.prepare(request)
        with suppress(ConnectionError, aiohttp.ClientError):
            while not await _is_set(self._let_go, 1.0):
                await response.write(b".")
        return response

    async def redirect(self, _request: web.Request) -> web.StreamResponse:
        """Send it to itself."""
        return web.Response(status=307, headers={"Location": self.url})

    async def fail(self, _request: web.Request) -> web.StreamResponse:
        """Break."""
        return web.Response(status=500)

    async def tame(self) -> None:
        """Behave from now on; who refused begins to listen."""
        self._let_go.set()
        if self.way == "refuse" and not self.is_tamed and self.site is not None:
            await self.site.start()
        self.is_tamed = True


async def hostile_receivers(folder: Path, jobs: int = 2) -> Verdict:
    """Let each misbehave for an hour of a moved clock; every delivery must arrive."""
    clock = MovedClock()
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(a_ledger())
        hostile = [await stack.enter_async_context(receiving(way, ledger)) for way in WAYS]
        api, court, notifier = await stack.enter_async_context(_world(folder, ledger, clock))
        clients = [*(Client(one.url) for one in hostile), Client(ledger.url, ledger.note)]
        await _order(api, clients, jobs)
        await all_ended(api, court.books, 0, 0, LIMIT_S)
        await _an_hour(clock, court.books, notifier)
        for one in hostile:
            await one.tame()
        await _until_told(clock, court)
        verdict = await court.hear(
            [asked for client in clients for asked in client.asked], court.books.jobs()
        )
        verdict.figures["attempts"] = court.books.attempts()
    return verdict


async def _an_hour(clock: MovedClock, books: Books, notifier: Notifier) -> None:
    """Let an hour pass in steps; in each of them everything that is due is tried."""
    for step_s in (0, *HOUR_S):
        await clock.advance(step_s)
        with notifier.subscribe("callbacks") as subscription:
            async with asyncio.timeout(LIMIT_S):
                while books.due(clock.now_ms()):
                    await subscription.wait(TIMEOUT_S)


async def _until_told(clock: MovedClock, court: Court) -> None:
    """Let the next attempts come."""
    await clock.advance(NEXT_S)
    await all_told(court.ledger, court.books, 0, LIMIT_S)


async def _order(api: Api, clients: Sequence[Client], jobs: int) -> None:
    orders = [Order("create_single", {"prompt": token(), "style": "Anime"}) for _ in range(jobs)]
    await asyncio.gather(*(client.ask(api, order) for client in clients for order in orders))


async def _is_set(event: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            return await event.wait()
    except TimeoutError:
        return False


@asynccontextmanager
async def receiving(way: str, ledger: Ledger) -> AsyncIterator[Hostile]:
    """Run a hostile receiver; one that refuses has a port on which nobody listens until it is tamed."""
    hostile = Hostile(way, ledger)
    app = web.Application()
    app.router.add_post("/hook", hostile.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    hostile.url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
    hostile.site = web.SockSite(runner, listener)
    try:
        if way != "refuse":
            await hostile.site.start()
        yield hostile
    finally:
        await hostile.tame()
        await runner.cleanup()


@asynccontextmanager
async def _world(
    folder: Path, ledger: Ledger, clock: MovedClock
) -> AsyncIterator[tuple[Api, Court, Notifier]]:
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    callbacks = {"timeout_s": TIMEOUT_S}
    async with (
        run_sandbox(SandboxOptions(video_seconds=0.1, accounts=2)) as sandbox,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        bridge_on(sandbox, folder, clock, callbacks=callbacks) as bridge,
    ):
        court = Court(Books(folder / "bridge.db"), ledger, Discord(sandbox, http))
        yield Api(bridge.url, http), court, bridge.foundation.notifier
