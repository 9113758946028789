"""Rounds of `kill -9`: orders of all verbs, a death at a point or at any moment, a restart, a verdict."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from bridge.sandbox import SandboxOptions, run_sandbox
from tests.acceptance.world import Discord
from tests.chaos.lives import Chance, Lives, living
from tests.chaos.orders import Client, Order, all_verbs, equals, look_alikes
from tests.chaos.patience import all_ended, all_told
from tests.chaos.points import order_to_die, seen_in, withdraw
from tests.chaos.verdict import Court, Verdict
from tests.chaos.witnesses import Books, a_ledger

VIDEO_S: Final = 0.3
ROUND_S: Final = 30.0
LONGEST_MOMENT_S: Final = 1.5
DEEPEST: Final = 4
"""The last passage of a point at which a process is told to die: each round passes most of them so often."""
AT_START: Final = ("ground:", "flows.configure:", "store.deliveries:release")
"""Points that a process passes only before it takes orders."""
Death = tuple[str, int] | None


@dataclass
class Lane:
    """One bridge that dies again and again, with its own simulator and receiver."""

    lives: Lives
    client: Client
    court: Court
    chance: Chance
    parents: list[Mapping[str, Any]] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    verdict: Verdict = field(default_factory=Verdict)

    async def rehearse(self) -> None:
        """Run everything without a death: learn the points, and get parents whose buttons can be pressed."""
        for turn in (1, 2):
            await self._order(all_verbs(self.chance.of("rehearsal", turn), self.parents))
            await self._settle(f"rehearsal {turn}", 0, 0)
            await self._find_parents()
        seen = sorted(set(seen_in(self.lives.folder).read_text().splitlines()))
        self.points = [point for point in seen if not any(start in point for start in AT_START)]

    def deaths(self, rounds: int) -> list[Death]:
        """Return how the rounds end: at one named point after the other, every fourth at any moment."""
        chance = self.chance.of("deaths")
        points: list[str] = []
        while len(points) < rounds:
            points += chance.sample(self.points, len(self.points))
        ways: list[Death] = [(point, chance.randint(1, DEEPEST)) for point in points[:rounds]]
        return [None if turn % 4 == 0 else way for turn, way in enumerate(ways)]

    async def round(self, turn: int, death: Death) -> None:
        """Run one round."""
        name = f"round {turn}"
        if death is None:
            await self.die_any_time(name)
        else:
            await self.die_at(name, *death)
        self.verdict.figures["rounds"] += 1

    async def die_at(self, name: str, point: str, passage: int) -> None:
        """Run a round that dies at a named point."""
        order_to_die(self.lives.folder, point, passage)
        self.tried.add(point)
        await self._round(name, f"{passage} {point}", ROUND_S / 6)

    async def die_any_time(self, name: str) -> None:
        """Run a round that dies at any moment."""
        moment_s = self.chance.of(name, "moment").uniform(0.0, LONGEST_MOMENT_S)
        await self._round(name, f"after {moment_s:.3f} s", moment_s)

    async def _round(self, name: str, death: str, moment_s: float) -> None:
        books = self.court.books
        first, position = books.last_number(), books.last_position()
        orders = self._orders(name)
        asking = asyncio.create_task(self._order(orders))
        await self._dead(asking, first, position, moment_s)
        await asking
        self.verdict.figures["deaths at the point"] += not withdraw(self.lives.folder) and death[0].isdigit()
        await self.lives.kill()
        await self.lives.begin()
        await self._settle(f"{name} ({death})", first, position)

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
        return [*all_verbs(chance, self.parents), *extra]

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

    async def _find_parents(self) -> None:
        ended = [job for job in self.court.books.jobs() if job.state == "completed"]
        parents = [job for job in ended if job.body["command"]["verb"] == "create"]
        self.parents = [{"jobid": job.id} for job in parents]


@asynccontextmanager
async def a_lane(folder: Path, seed: int) -> AsyncIterator[Lane]:
    """Run a simulator, a receiver and a bridge that can die."""
    async with (
        run_sandbox(SandboxOptions(video_seconds=VIDEO_S, accounts=2)) as sandbox,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        a_ledger() as ledger,
        living(folder, sandbox.world(), http) as lives,
    ):
        court = Court(Books(lives.database), ledger, Discord(sandbox, http))
        lane = Lane(lives, Client(ledger.url), court, Chance(seed))
        await lane.rehearse()
        yield lane
