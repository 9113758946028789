"""Rounds of `kill -9`: orders of all verbs, a death at a point or at any moment, a restart, a verdict."""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp

from bridge.sandbox import SandboxOptions, run_sandbox
from tests.chaos.lives import MORTAL, Chance, Lives, living
from tests.chaos.orders import Client, Order, all_verbs, equals, look_alikes, refusals
from tests.chaos.patience import all_ended, all_told
from tests.chaos.points import order_to_die, seen_in, withdraw
from tests.chaos.verdict import Court, Verdict
from tests.chaos.witnesses import Books, a_ledger
from tests.tools.world import Discord

VIDEO_S: Final = 0.3
ROUND_S: Final = 60.0
SHORTEST_MOMENT_S: Final = 0.1
LONGEST_MOMENT_S: Final = 1.5
DEEPEST: Final = 4
"""The last passage of a point at which a process is told to die: each round passes most of them so often."""
A_REFUSAL: Final = 0.4
"""In so many of all rounds some orders are such as the bot refuses."""
AT_START: Final = ("ground:", "flows.configure:", "store.deliveries:release")
"""Points that a process passes only before it takes orders."""
LONGEST_START_S: Final = 4.0
"""The latest random moment at which a life dies again: it has begun and catches up by then."""
UPLOAD_S: Final = 1.5
"""How long the storage takes over each picture in a round that ends during an upload."""
PICTURES: Final = 2


class DuringUpload(Enum):
    """A death while pictures are uploaded: at any moment of that."""

    ANY = "during an upload"


Death = tuple[str, int] | DuringUpload | None
"""A point and its passage, a moment of an upload, or any moment."""


@dataclass
class Lane:
    """One bridge that dies again and again, with its own simulator and receiver."""

    lives: Lives
    client: Client
    court: Court
    chance: Chance
    parents: list[Mapping[str, Any]] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    starting: list[str] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    verdict: Verdict = field(default_factory=Verdict)

    async def rehearse(self) -> None:
        """Run everything without a death: learn the points, and get parents whose buttons can be pressed."""
        for turn in (1, 2):
            await self._order(all_verbs(self.chance.of("rehearsal", turn), self.parents))
            await self._settle(f"rehearsal {turn}", 0, 0)
            await self._find_parents()
        seen = sorted(set(seen_in(self.lives.folder).read_text().splitlines()))
        self.starting = [point for point in seen if any(start in point for start in AT_START)]
        self.points = [point for point in seen if point not in self.starting]

    def deaths(self, rounds: int) -> list[Death]:
        """Return how the rounds end: every fourth at any moment, every fourth during an upload.

        The others end at one named point after the other.
        """
        chance = self.chance.of("deaths")
        points: list[str] = []
        while len(points) < rounds:
            points += chance.sample(self.points, len(self.points))
        ways: list[Death] = [(point, chance.randint(1, DEEPEST)) for point in points[:rounds]]
        others: dict[int, Death] = {0: None, 2: DuringUpload.ANY}
        return [others.get(turn % 4, way) for turn, way in enumerate(ways)]

    def further_deaths(self, turn: int) -> list[Death]:
        """Return the deaths of the lives that follow in a round, before one goes on: none, one or two."""
        chance = self.chance.of("further deaths", turn)
        places = [*self.starting, *self.points]
        ways: list[Death] = [None, (chance.choice(places), 1), (chance.choice(places), 1)]
        return chance.sample(ways, chance.choice((0, 0, 1, 2)))

    async def round(self, turn: int, death: Death, *further: Death) -> None:
        """Run a round: a death under way, further ones while the next lives begin and catch up, a verdict."""
        name, books = f"round {turn}", self.court.books
        first, position = books.last_number(), books.last_position()
        if death is DuringUpload.ANY:
            uploading = await self._die_during_upload(name, first)
            self.court.uploading = frozenset() if further else uploading
        else:
            moment_s = self._moment_s(name, death, LONGEST_MOMENT_S)
            asking = asyncio.create_task(self._order(self._orders(name)))
            await self._dead(asking, first, position, moment_s)
            await asking
        await self._buried(death)
        for number, again in enumerate(further, 1):
            await self._die_again(f"{name}.{number}", again)
        await self.lives.begin()
        await self._settle(f"{name} ({', then '.join(map(_told, (death, *further)))})", first, position)
        self.verdict.figures["rounds"] += 1

    def _moment_s(self, name: str, death: Death, longest_s: float) -> float:
        """Order a death at a point, if it is to be there; return when it is waited for no longer."""
        if not isinstance(death, tuple):
            return self.chance.of(name, "moment").uniform(SHORTEST_MOMENT_S, longest_s)
        point, passage = death
        order_to_die(self.lives.folder, point, passage)
        self.tried.add(point)
        return ROUND_S / 6

    async def _die_again(self, name: str, death: Death) -> None:
        await self.lives.begin_for(self._moment_s(name, death, LONGEST_START_S))
        await self._buried(death)
        self.verdict.figures["further deaths"] += 1

    async def _die_during_upload(self, name: str, first: int) -> frozenset[str]:
        """Let every picture take its time, and die at a moment of that; return whose it was.

        Nothing of them ran, so each is to get its video, unless a further death comes between.
        """
        discord, chance = self.court.discord, self.chance.of(name, "moment")
        await discord.fault("slow_upload", delay_s=UPLOAD_S, times=PICTURES)
        asking = asyncio.create_task(self._order(self._orders(name)))
        with suppress(TimeoutError):
            async with asyncio.timeout(ROUND_S / 6):
                while len(await discord.faults()) > 0 and self.lives.process.returncode is None:
                    pass
        await asyncio.sleep(chance.uniform(0, 0.8 * UPLOAD_S))
        self.lives.process.send_signal(chance.choice((signal.SIGKILL, signal.SIGTERM)))
        await self.lives.process.wait()
        await asking
        await discord.heal()
        uploading = self.court.books.waiting_with_pictures(first)
        self.verdict.figures["uploads broken off"] += len(uploading)
        return uploading

    async def _buried(self, death: Death) -> None:
        is_at_point = not withdraw(self.lives.folder)
        self.verdict.figures["deaths at the point"] += is_at_point and isinstance(death, tuple)
        await self.lives.kill()

    async def _dead(self, asking: "asyncio.Task[None]", first: int, position: int, moment_s: float) -> None:
        """Return when the process has died, when the time is over, or when it has nothing left to do."""
        death = asyncio.create_task(self.lives.process.wait())
        done = asyncio.create_task(self._done(asking, first, position))
        await asyncio.wait({death, done}, timeout=moment_s, return_when=asyncio.FIRST_COMPLETED)
        if self.lives.process.returncode is None:
            self.lives.process.kill()
        await death
        done.cancel()
        await asyncio.wait({done})

    async def _done(self, asking: "asyncio.Task[None]", first: int, position: int) -> None:
        await asyncio.shield(asking)
        await all_ended(self.lives.api, self.court.books, first, position, ROUND_S)
        await all_told(self.court.ledger, self.court.books, first, ROUND_S)

    def _orders(self, name: str) -> Sequence[Order]:
        chance = self.chance.of(name, "orders")
        extra = chance.choice([equals(chance, 3), look_alikes(chance), []])
        bad = refusals(chance, self.parents) if chance.random() < A_REFUSAL else []
        return [*all_verbs(chance, self.parents), *extra, *bad]

    async def _order(self, orders: Sequence[Order]) -> None:
        api = self.lives.api
        await asyncio.gather(*(self.client.ask(api, order) for order in orders))

    async def _settle(self, name: str, first: int, position: int) -> None:
        """Wait for all ends, and judge."""
        books, ledger = self.court.books, self.court.ledger
        await all_ended(self.lives.api, books, first, position, ROUND_S)
        await all_told(ledger, books, first, ROUND_S / 6)
        verdict = await self.court.hear(self.client.asked, books.jobs(first))
        self.client.asked.clear()
        verdict.broken = [f"{name}: {sentence}" for sentence in verdict.broken]
        self.verdict += verdict
        if verdict.broken:
            await self.court.keep_evidence(self.lives.folder, name)

    async def _find_parents(self) -> None:
        ended = [job for job in self.court.books.jobs() if job.state == "completed"]
        parents = [job for job in ended if job.body["command"]["verb"] == "pixverse-create"]
        self.parents = [{"jobid": job.id} for job in parents]


def _told(death: Death) -> str:
    if isinstance(death, DuringUpload):
        return death.value
    return f"{death[1]} {death[0]}" if death else "at any moment"


AnyLane = TypeVar("AnyLane", bound=Lane)


@asynccontextmanager
async def a_lane(folder: Path, seed: int, kind: type[AnyLane], **env: str) -> AsyncIterator[AnyLane]:
    """Run a simulator, a receiver and a bridge that can die, with further settings."""
    async with (
        run_sandbox(SandboxOptions(video_seconds=VIDEO_S, accounts=2)) as sandbox,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        a_ledger() as ledger,
        living(folder, sandbox.world(), http, 1, MORTAL, **env) as lives,
    ):
        court = Court(Books(lives.database), ledger, Discord(sandbox, http))
        lane = kind(lives, Client(ledger.url, ledger.note), court, Chance(seed))
        await lane.rehearse()
        yield lane
