"""A queue behind few slots: many orders at once, deaths in between, its order as the change log tells it."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from bridge.jobs.queue import QueuedJob, group_of, next_place
from bridge.sandbox import SandboxOptions, run_sandbox
from tests.chaos.lives import MORTAL, Chance, Lives, accounts_of, living
from tests.chaos.orders import Client, Order
from tests.chaos.patience import all_ended, all_told
from tests.chaos.points import order_to_die, seen_in, withdraw
from tests.chaos.spread import p
from tests.chaos.verdict import Court, Verdict
from tests.chaos.witnesses import Books, a_ledger
from tests.tools.world import TERMINAL, Discord

SLOTS: Final = (2, 2, 1)
GROUPS: Final = ("ann", "bob", "cleo")
VIDEO_S: Final = 0.3
LIMIT_S: Final = 300.0
MOST_EMPTY_MS: Final = 100.0
PEACEFUL: Final = 4
"""One of so many orders comes before the first death; the time that slots are empty is judged then."""
GIVING: Final = "Queue._give"
"""What the points have in their names at which slots are given."""


@dataclass(frozen=True)
class Told:
    """An event of the change log, and when a reader of the stream got it, by monotonic time."""

    job: Mapping[str, Any]
    at_s: float


@dataclass
class Replay:
    """Goes through the change log: who waits, which slots are empty since when, who got which."""

    down: Sequence[tuple[float, float]] = ()
    waiting: dict[str, QueuedJob] = field(default_factory=dict)
    waits_since_s: float = 0.0
    free_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    running: dict[str, str] = field(default_factory=dict)
    empty_ms: list[float] = field(default_factory=list)
    given: int = 0
    most_waiting: int = 0
    broken: list[str] = field(default_factory=list)

    def hear(self, number: int, told: Told) -> None:
        """Take the next event."""
        job, job_id = told.job, told.job["jobid"]
        if job["status"] in TERMINAL:
            self._end(job_id, told.at_s)
        elif job_id in self.running:
            return
        elif not job["channel"]:
            self._wait(number, job, told.at_s)
        elif job_id in self.waiting:
            self._give(job, told.at_s)
        else:
            self._place(job, told.at_s)

    def _wait(self, number: int, job: Mapping[str, Any], at_s: float) -> None:
        priority, group = int(job["prompt"].split()[-1]), group_of(job["replyRef"])
        beside = [each for each in self.waiting.values() if each.priority == priority]
        last = max((each.place for each in beside if each.grouped_by == group), default=None)
        turns = [min(each.place for each in beside if each.grouped_by == one.grouped_by) for one in beside]
        if not self.waiting:
            self.waits_since_s = at_s
        self.waiting[job["jobid"]] = QueuedJob(
            job_id=job["jobid"],
            tenant="default",
            priority=priority,
            place=next_place(last, max(turns, default=None)),
            number=number,
            grouped_by=group,
            channel=None,
            account=None,
            most_jobs=None,
            file_bytes=0,
            queued_ms=0,
        )
        self.most_waiting = max(self.most_waiting, len(self.waiting))

    def _give(self, job: Mapping[str, Any], at_s: float) -> None:
        first = min(self.waiting.values(), key=lambda each: each.order)
        if first.job_id != job["jobid"]:
            self.broken.append(f"order: job {job['jobid']} was given a slot before {first.job_id}")
        del self.waiting[job["jobid"]]
        self.given += 1
        self._take(job, at_s, is_given=True)

    def _place(self, job: Mapping[str, Any], at_s: float) -> None:
        if self.waiting:
            self.broken.append(f"order: job {job['jobid']} overtook {len(self.waiting)} that waited")
        self._take(job, at_s, is_given=False)

    def _take(self, job: Mapping[str, Any], at_s: float, *, is_given: bool) -> None:
        self.running[job["jobid"]] = job["channel"]
        if not (free := self.free_s[job["channel"]]):
            self.broken.append(f"twice: channel {job['channel']} has more jobs than slots")
            return
        since_s = max(free.pop(0), self.waits_since_s)
        if is_given and not any(begin <= at_s and since_s <= end for begin, end in self.down):
            self.empty_ms.append(max(0.0, at_s - since_s) * 1000)

    def _end(self, job_id: str, at_s: float) -> None:
        if channel := self.running.pop(job_id, None):
            self.free_s[channel].append(at_s)
        self.waiting.pop(job_id, None)


@dataclass
class Crowd:
    """A bridge with few slots, and more orders than it has room for."""

    lives: Lives
    client: Client
    court: Court
    chance: Chance
    told: list[Told] = field(default_factory=list)
    down: list[tuple[float, float]] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    replay: Replay = field(default_factory=Replay)
    peace_ends: int = 0
    in_peace: int = 0
    """How many events there were before the first death, and how many measurements."""

    async def play(self, jobs: int, deaths: int) -> Verdict:
        """Order at once, a quarter of all in peace, then die in between, and judge when all has ended."""
        reading = asyncio.create_task(self._read())
        in_peace = jobs // PEACEFUL
        await asyncio.gather(*(self._order(number) for number in range(in_peace)))
        await all_ended(self.lives.api, self.court.books, 0, 0, LIMIT_S)
        await self._all_read()
        self.peace_ends = len(self.told)
        ordering = [asyncio.create_task(self._order(number)) for number in range(in_peace, jobs)]
        for turn in range(deaths):
            await self._die(turn)
        await asyncio.gather(*ordering)
        books = self.court.books
        await all_ended(self.lives.api, books, 0, 0, LIMIT_S)
        await all_told(self.court.ledger, books, 0, LIMIT_S / 10)
        await self._all_read()
        reading.cancel()
        self.verdict += await self.court.hear(self.client.asked, books.jobs(0))
        self._judge_queue()
        return self.verdict

    async def _order(self, number: int) -> None:
        """Order until there is an answer; each answer but 200 is of a bridge that is just beginning."""
        chance = self.chance.of("order", number)
        await asyncio.sleep(chance.uniform(0, 3))
        priority = chance.choice((0, 5, 5, 5, 9))
        fields = {
            "prompt": f"a cat, order {number} of {priority}",
            "style": "Realistic",
            "replyRef": f"{chance.choice(GROUPS)}:{number}",
            "priority": str(priority),
        }
        async with asyncio.timeout(LIMIT_S):
            while True:
                if self.lives.is_running:
                    asked = await self.client.ask(self.lives.api, Order("create", fields), f"order-{number}")
                    if asked.answer is not None and asked.answer.status == 200:
                        return
                await asyncio.sleep(0.2)

    async def _die(self, turn: int) -> None:
        """Die while a slot is given, or at any moment; live again until all accounts are connected."""
        chance, folder = self.chance.of("death", turn), self.lives.folder
        await asyncio.sleep(chance.uniform(1.0, 3.0))
        points = sorted({each for each in seen_in(folder).read_text().splitlines() if GIVING in each})
        if points and turn % 2:
            order_to_die(folder, chance.choice(points), 1)
            with suppress(TimeoutError):
                async with asyncio.timeout(10):
                    await self.lives.process.wait()
                    self.verdict.figures["deaths while giving"] += 1
        began_s = time.monotonic()
        withdraw(folder)
        await self.lives.kill()
        await self.lives.begin()
        await self._until(self._are_connected)
        self.down.append((began_s - 1.0, time.monotonic()))
        self.verdict.figures["deaths"] += 1

    async def _are_connected(self) -> bool:
        answer = await self.lives.api.get("/v1/pixverse/health")
        return all(one["condition"] == "connected" for one in answer.body["accounts"])

    async def _read(self) -> None:
        """Read the stream, through all deaths."""
        position = 0
        while True:
            with suppress(aiohttp.ClientError, ConnectionError, TimeoutError, AssertionError):
                async for event in self.lives.api.events(position=position):
                    if "id" in event:
                        position = int(event["id"])
                        self.told.append(Told(event["data"], time.monotonic()))
            await asyncio.sleep(0.05)

    async def _all_read(self) -> None:
        count = len(self.court.books.positions(0))

        async def is_read() -> bool:
            return len(self.told) >= count

        await self._until(is_read)

    async def _until(self, is_so: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(LIMIT_S):
            is_done = await is_so()
            while not is_done:
                await asyncio.sleep(0.05)
                is_done = await is_so()

    def _judge_queue(self) -> None:
        world = json.loads(self.lives.env["BRIDGE_ACCOUNTS"])
        self.replay.down = self.down
        for account in world:
            self.replay.free_s[account["channel"]] = [0.0] * account["maxJobs"]
        for number, told in enumerate(self.told):
            self.replay.hear(number, told)
            if number < self.peace_ends:
                self.in_peace = len(self.replay.empty_ms)
        for sentence in self.replay.broken:
            self.verdict.breaks(sentence.partition(":")[0], sentence.partition(": ")[2])
        self.verdict.figures["given by the queue"] = self.replay.given
        self.verdict.figures["waited at once"] = self.replay.most_waiting

    def slow(self) -> list[str]:
        """Return whether slots were empty for too long while a job waited, and nobody died."""
        slowest = p(95, self.replay.empty_ms[: self.in_peace])
        return [f"a slot was empty for {slowest:.0f} ms (p95)"] if slowest >= MOST_EMPTY_MS else []

    def line(self) -> str:
        """Return the figures."""
        in_peace, later = self.replay.empty_ms[: self.in_peace], self.replay.empty_ms[self.in_peace :]
        return f"{self.verdict.line()}; a slot was empty in peace {_spans(in_peace)}; later {_spans(later)}"


def _spans(values: Sequence[float]) -> str:
    spans = [f"p{each} {p(each, values):.0f}" for each in (50, 95, 100)] if values else []
    return f"{', '.join(spans)} ms ({len(values)} times)"


@asynccontextmanager
async def a_queue(folder: Path, seed: int, module: str = MORTAL) -> AsyncIterator[Crowd]:
    """Run a simulator, a receiver and a bridge with three accounts, five slots and a long queue."""
    async with (
        run_sandbox(SandboxOptions(video_seconds=VIDEO_S, accounts=len(SLOTS))) as sandbox,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        a_ledger() as ledger,
    ):
        world = sandbox.world()
        accounts = [
            {**{name: each[name] for name in ("discord", "server", "channel")}, "maxJobs": most}
            for each, most in zip(accounts_of(world), SLOTS, strict=False)
        ]
        async with living(
            folder,
            world,
            http,
            module=module,
            BRIDGE_ACCOUNTS=json.dumps(accounts),
            BRIDGE_JOBS__QUEUE="1000",
            BRIDGE_JOBS__PATIENCE_S="0.2",
            BRIDGE_LOG__LEVEL="info",
        ) as lives:
            court = Court(Books(lives.database), ledger, Discord(sandbox, http))
            yield Crowd(lives, Client(ledger.url, ledger.note), court, Chance(seed))
