"""A mirror in a directory, a small CDN with faults, and completed jobs, on either engine."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web

from bridge.chat import Attachment
from bridge.jobs.job import Job, Said, State
from bridge.jobs.links import Cdn
from bridge.media.condition import MirrorOutage
from bridge.media.download import MediaClient, media_client
from bridge.media.limits import MirrorLimits
from bridge.media.mirror import Mirror
from bridge.media.planning import MediaPlanning
from bridge.media.serving import MediaFiles
from bridge.media.tidying import MediaTidying
from bridge.notifier import LocalNotifier
from bridge.store.database import Database, Tx
from bridge.store.files.media import MediaDirectory, MediaStore, make_incoming
from bridge.store.rows import events, jobs
from bridge.store.rows.accounts import Accounts
from bridge.store.rows.media import Medium
from tests.tools.databases import Storage, opened
from tests.tools.hand_clock import HandClock
from tests.tools.jobs import new_job
from tests.tools.rows import an_account
from tests.tools.vaults import a_vault

LARGE: Final = 1_000_000
LIMITS: Final = MirrorLimits(LARGE, LARGE)
Answer = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]


@dataclass
class HandCdn:
    """Serves files; the next answers are what a test says. `asked` holds every path."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        if self.answers:
            return await self.answers.pop(0)(request, self.files.get(request.path, b""))
        if request.path not in self.files:
            return web.Response(status=404)
        return web.Response(body=self.files[request.path], content_type="video/mp4")


@dataclass
class Rig:
    """Everything that a mirror has to do with; `renew` is what gives jobs links that work."""

    database: Database
    clock: HandClock
    cdn: HandCdn
    client: MediaClient
    folder: Path
    store: MediaStore
    account: int
    limits: MirrorLimits = LIMITS
    notifier: LocalNotifier = field(init=False)
    outage: MirrorOutage = field(init=False)
    renew: Callable[[Job], Job] = lambda job: job

    def __post_init__(self) -> None:
        self.notifier = LocalNotifier(self.clock)
        self.outage = MirrorOutage(self.clock)

    async def completed(self, number: int, content: bytes = b"video", query: str = "", **more: Any) -> Job:
        """Keep a job that completes now with a video, and say so in the change log."""
        path = f"/attachments/1/{number}/cat.mp4"
        self.cdn.files.setdefault(path, content)
        given: dict[str, Any] = {
            "id": str(number),
            "filename": "cat.mp4",
            "url": f"{self.cdn.url}{path}{query}",
            "size": len(content),
            "content_type": "video/mp4",
        }
        file = Attachment(**{**given, **more})
        now_ms = self.clock.now_ms()
        job = replace(
            new_job(number),
            account=self.account,
            state=State.COMPLETED,
            said=Said("1", attachments=(file,)),
            updated_ms=now_ms,
            ended_ms=now_ms,
        )
        self.clock.pass_s(0.001)
        return await self.database.write(lambda tx: _told(tx, job))

    async def plan(self) -> None:
        """Read the change log from where it was read last."""
        await self.planning().read_on(None)

    def planning(self) -> MediaPlanning:
        return MediaPlanning(self.database, self.notifier, self.clock, self.limits)

    def mirror(self) -> Mirror:
        """Return one that begins."""
        return Mirror(
            *(self.database, self.notifier, self.clock, self.store, self.client),
            self._renewed,
            self.limits,
            self.outage,
        )

    async def download(self) -> None:
        """Download what is due, at most two videos."""
        async with asyncio.TaskGroup() as tasks:
            await self.mirror().begin_due(tasks)

    async def tidy(self) -> None:
        """Delete what is to be deleted."""
        await MediaTidying(
            *(self.database, self.notifier, self.clock, self.store, self.limits, self.outage)
        ).look()

    def files(self) -> MediaFiles:
        return MediaFiles(self.database, self.notifier, self.clock, self.store, self.outage)

    async def rows(self) -> Sequence[Medium]:
        """Return all rows, the oldest first."""
        found = await self.database.read(lambda tx: tx.all("SELECT * FROM media ORDER BY made_ms"))
        return [Medium(**{name: row[name] for name in Medium.__dataclass_fields__}) for row in found]

    async def states(self) -> list[tuple[str, int]]:
        """Return the state and the attempts of every video."""
        return [(row.state, row.tries) for row in await self.rows()]

    def kept(self) -> dict[str, bytes]:
        """Return the files of the mirror, those without a name too."""
        return {path.name: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}

    async def _renewed(self, found: Sequence[Job]) -> Sequence[Job]:
        return [self.renew(job) for job in found]


def _told(tx: Tx, job: Job) -> Job:
    kept = jobs.insert(tx, job)
    events.append(tx, kept)
    return kept


@asynccontextmanager
async def a_cdn() -> AsyncIterator[HandCdn]:
    cdn = HandCdn()
    app = web.Application()
    app.router.add_get("/{path:.*}", cdn.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    cdn.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield cdn
    finally:
        await runner.cleanup()


@pytest.fixture
async def rig(storage: Storage, tmp_path: Path) -> AsyncIterator[Rig]:
    folder = tmp_path / "videos"
    make_incoming(folder / "incoming")
    async with (
        opened(storage) as database,
        a_cdn() as cdn,
        media_client(Cdn((cdn.url,)), None) as client,
    ):
        account = await database.write(lambda tx: an_account(tx, Accounts(a_vault())))
        yield Rig(database, HandClock(), cdn, client, folder, MediaDirectory(folder), account.id)
