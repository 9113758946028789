"""The feed on a real database, served over HTTP, with the clock in the test's hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from bridge.api.contract.views import encode
from bridge.api.events import EventResource
from bridge.api.http.options import ServerOptions
from bridge.api.openapi.operations import EVENTS
from bridge.api.openapi.route import Route
from bridge.api.server import serving
from bridge.feed.live import Feed
from bridge.flows.access.callers import Callers, callers_of
from bridge.flows.keep.retention import Retention
from bridge.jobs.job import Job
from bridge.notifier import LocalNotifier
from bridge.store.database import Tx
from bridge.store.rows import events, jobs
from bridge.store.rows.accounts import Accounts
from bridge.store.sqlite.sqlite import SqliteDatabase, sqlite_database
from tests.tools.hand_clock import HandClock
from tests.tools.jobs import new_job
from tests.tools.rows import TENANT, a_token, an_account
from tests.tools.vaults import a_vault

LIMIT_S: Final = 30.0
KEEP_MS: Final = 86_400_000
TOKEN: Final = "a-token-for-the-feed"
HEADERS: Final = {"Authorization": f"Bearer {TOKEN}"}


@dataclass
class World:
    """A log that is written, cut and read; what is in `meanwhile` runs while a reader gets its next page."""

    database: SqliteDatabase
    clock: HandClock
    notifier: LocalNotifier
    http: aiohttp.ClientSession
    meanwhile: list[Callable[[], Awaitable[Any]]] = field(default_factory=list)
    unfit: set[str] = field(default_factory=set)
    feed: Feed = field(init=False)
    callers: Callers = field(init=False)
    url: str = ""

    def __post_init__(self) -> None:
        self.feed = Feed(self.database, self.notifier, self.encode, self.living)
        self.callers = callers_of(self.database, self.clock)

    def encode(self, job: Job) -> bytes:
        if job.id in self.unfit:
            raise ValueError(f"{job.id} cannot be encoded")
        return encode(job)

    async def living(self, found: Sequence[Job]) -> Sequence[Job]:
        if self.meanwhile:
            await self.meanwhile.pop(0)()
        return found

    async def write(self, *numbers: int, text: str | None = None, age_s: float = 0) -> None:
        """Write an event for each of these jobs, so old; nobody is told."""
        at_ms = self.clock.now_ms() - round(age_s * 1000)
        found = [replace(new_job(number), updated_ms=at_ms, reply_ref=text) for number in numbers]
        await self.database.write(lambda tx: appended(tx, found))

    async def given(self) -> None:
        """Return when the feed has given everything that stands in the log."""
        self.notifier.notify("events")
        _, newest = await self.feed.ends(TENANT)
        async with asyncio.timeout(LIMIT_S):
            while self.feed._position < newest:
                await asyncio.to_thread(lambda: None)

    async def cut(self) -> None:
        """Let go of what was kept for long enough."""
        await Retention(self.database, self.clock, KEEP_MS, frozenset).look()

    async def page(self, position: int, query: str = "") -> Any:
        headers = {**HEADERS, "Accept": "application/json", "Last-Event-ID": str(position)}
        async with self.http.get(self.url + query, headers=headers) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    @asynccontextmanager
    async def stream(
        self, position: int | None = None, query: str = "", token: str = TOKEN
    ) -> AsyncIterator["Blocks"]:
        """Open the stream; its opening has been read."""
        headers = {"Authorization": f"Bearer {token}"}
        headers |= {} if position is None else {"Last-Event-ID": str(position)}
        async with (
            asyncio.timeout(LIMIT_S),
            self.http.get(self.url + query, headers=headers, timeout=None) as response,
        ):
            blocks = Blocks(response)
            assert await blocks.next() == b"retry: 2000"
            await blocks.next()
            yield blocks


@dataclass
class Blocks:
    """What a stream sends, block by block."""

    response: aiohttp.ClientResponse

    async def next(self) -> bytes:
        return (await self.response.content.readuntil(b"\n\n")).removesuffix(b"\n\n")

    async def some(self, count: int) -> list[bytes]:
        return [await self.next() for _ in range(count)]

    async def ids(self, count: int) -> list[int]:
        """Return the positions of the next events."""
        return [position_of(block) for block in await self.some(count)]


def position_of(block: bytes) -> int:
    first, _, rest = block.partition(b"\n")
    assert rest.startswith(b"data: "), block
    return int(first.removeprefix(b"id: "))


def appended(tx: Tx, found: Sequence[Job]) -> list[int]:
    return [events.append(tx, kept(tx, job)) for job in found]


def kept(tx: Tx, job: Job) -> Job:
    """Keep a job as it is given, whether it was kept before or not."""
    before = jobs.by_id(tx, job.id)
    return jobs.save(tx, replace(job, revision=before.revision)) if before else jobs.insert(tx, job)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def world(tmp_path: Path, clock: HandClock) -> AsyncIterator[World]:
    async with (
        sqlite_database(tmp_path / "bridge.db") as database,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        await database.write(lambda tx: an_account(tx, Accounts(a_vault())))
        world = World(database, clock, LocalNotifier(clock), http)
        await database.write(lambda tx: a_token(tx, TOKEN))
        await world.feed.start()
        following = asyncio.create_task(world.feed.run())
        async with served(world):
            yield world
        following.cancel()
        await asyncio.wait({following})


@asynccontextmanager
async def served(world: World) -> AsyncIterator[None]:
    resource = EventResource(world.feed, world.clock, world.callers.streams)
    routes = [Route("GET", "/v1/pixverse/events", resource.get, EVENTS)]
    async with serving(routes, world.callers, ServerOptions("127.0.0.1", 0), world.feed.close) as port:
        world.url = f"http://127.0.0.1:{port}/v1/pixverse/events"
        yield
