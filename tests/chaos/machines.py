"""Bridges on one PostgreSQL: deaths, suspended hosts, drains, cut networks; then calm, and a verdict."""

import asyncio
import dataclasses
import json
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from bridge.sandbox import SandboxOptions, run_sandbox
from tests.chaos.doubles import Stay, doubles, fenced_out, gaps_s, stays_of, told_gaps
from tests.chaos.fleet import Fleet, Member, a_fleet
from tests.chaos.followers import Follower, following
from tests.chaos.lives import Chance, accounts_of
from tests.chaos.orders import Client, Order, all_verbs, equals, look_alikes, prompt, refusals
from tests.chaos.patience import all_told, until
from tests.chaos.verdict import OPEN, Court, Verdict
from tests.chaos.witnesses import Books, Ledger, a_ledger
from tests.tools.relay import Relay
from tests.tools.wire import Wire
from tests.tools.world import Discord

CALM_S: Final = 180.0
ANSWER_S: Final = 8.0
TRIES: Final = 60
LOOK_S: Final = 0.5
PARENTS: Final = 12
STARTS: Final = 10
TOO_MANY: Final = 429
LEASE_S: Final = 15.0
"""How long a silent bridge keeps its leases (docs/decisions/0030)."""


@dataclass(frozen=True)
class Plan:
    """How much of everything, and what happens: blows in any order, or at random for so many seconds."""

    processes: int = 3
    accounts: int = 8
    jobs: int = 40
    followers: int = 2
    at_once: int = 2
    seconds: float | None = None
    discord_s: float = 6.0
    """How long a bridge is cut off from Discord."""


@dataclass
class Scene:
    """Jobs on the accounts of a fleet, and what goes wrong meanwhile."""

    fleet: Fleet
    client: Client
    court: Court
    chance: random.Random
    plan: Plan
    followers: Sequence[Follower]
    channels: Sequence[str]
    verdict: Verdict = field(default_factory=Verdict)
    gaps: str = ""
    _wanted: Counter[str] = field(default_factory=Counter)

    async def play(
        self, blows: Sequence["Blow"], trouble: Callable[[], Coroutine[Any, Any, None]] | None = None
    ) -> Verdict:
        """Order jobs while blows fall, or in another trouble; let it calm down, and judge."""
        await self._order([*all_verbs(self.chance, []), *self._parents()], 0)
        await self._all_ended()
        kept = [job for job in self.court.books.jobs() if job.body["command"]["verb"] == "pixverse-create"]
        parents = [{"jobid": job.id} for job in kept if job.state == "completed"]
        async with following(self.followers, _pause):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(trouble() if trouble else self._storm(blows))
                await self._order(self._orders(parents), self.plan.seconds or 25.0)
            await self._calm()
        return await self._judge()

    def _parents(self) -> list[Order]:
        """Return an order for each of some channels: a button is pressed in the channel of its job."""
        prompts = [prompt(self.chance) for _ in self.channels[:PARENTS]]
        return [
            Order("create", {"prompt": text, "style": "Realistic", "channel": channel})
            for text, channel in zip(prompts, self.channels, strict=False)
        ]

    def _orders(self, parents: Sequence[Mapping[str, Any]]) -> list[Order]:
        orders: list[Order] = []
        while len(orders) < self.plan.jobs:
            orders += [*all_verbs(self.chance, parents), *look_alikes(self.chance)]
            orders += [*equals(self.chance, 3), *refusals(self.chance, parents)]
        self.chance.shuffle(orders)
        return orders[: self.plan.jobs]

    async def _order(self, orders: Sequence[Order], within_s: float) -> None:
        """Place orders at an even pace."""
        async with asyncio.TaskGroup() as tasks:
            for order in orders:
                tasks.create_task(self._place(order))
                await _pause(within_s / len(orders))

    async def _place(self, order: Order) -> None:
        """Order somewhere until there is an answer with a job, always with the same key."""
        key = secrets.token_hex(8)
        self._wanted[order.fields.get("prompt", "")] += 1
        has_room = True
        for _ in range(TRIES):
            try:
                async with asyncio.timeout(ANSWER_S):
                    asked = await self.client.ask(self.fleet.anywhere(), order, key)
            except (TimeoutError, aiohttp.ClientError):
                await _pause(LOOK_S)
                continue
            if asked.job_id is not None:
                await self._ask_elsewhere(asked.job_id)
                return
            await _pause(LOOK_S)
            has_room = asked.answer is None or asked.answer.status != TOO_MANY
        if has_room:
            self.verdict.breaks("lost", f"no bridge took {order}")
        self.verdict.figures["without room"] += not has_room

    async def _ask_elsewhere(self, job: str) -> None:
        """Ask any bridge for a job that another one has accepted."""
        answer = await self.fleet.get(f"/v1/pixverse/jobs/?jobid={job}", ANSWER_S)
        self.verdict.figures["asked elsewhere"] += answer is not None
        if answer is not None and answer.status == 404:
            self.verdict.breaks("lost", f"a bridge does not know job {job}, which was accepted before")

    async def _storm(self, blows: Sequence["Blow"]) -> None:
        """Let blows fall, some at once, each on a bridge of its own; one bridge is always left alone."""
        waiting = list(blows)
        until = time.monotonic() + (self.plan.seconds or 0)

        async def work() -> None:
            while waiting or time.monotonic() < until:
                blow = waiting.pop() if waiting else self.chance.choice(BLOWS)
                idle = [one for one in self.fleet.running() if not one.is_busy]
                member = self.chance.choice(idle)
                member.is_busy = True
                self.verdict.figures[f"blow {blow.__name__}"] += 1
                try:
                    await blow(self, member)
                finally:
                    member.is_busy = False
                await _pause(self.chance.uniform(0.2, 1.5))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(self.plan.at_once):
                tasks.create_task(work())

    async def _calm(self) -> None:
        await self._all_ended()
        await all_told(self.court.ledger, self.court.books, 0, CALM_S / 4)
        last = self.court.books.last_position()
        await until(lambda: all(one.position >= last for one in self.followers), CALM_S)

    async def _all_ended(self) -> None:
        await until(lambda: all(job.state not in OPEN for job in self.court.books.jobs()), CALM_S)

    async def _judge(self) -> Verdict:
        books = self.court.books
        self.verdict += await self.court.hear(self.client.asked, books.jobs())
        self._judge_keys()
        self._judge_processes()
        self._judge_stays(stays_of(await self.court.discord.presences(), time.monotonic_ns()))
        for follower in self.followers:
            for sentence in follower.broken(books.positions(follower.start)):
                self.verdict.breaks("untold", sentence)
        return self.verdict

    def _judge_keys(self) -> None:
        """Ask whether an order that was repeated elsewhere with its key is two jobs."""
        kept = Counter(str(job.body["command"].get("prompt") or "") for job in self.court.books.jobs())
        for text, count in self._wanted.items():
            if text and kept[text] > count:
                self.verdict.breaks("twice", f"{count} orders of {text!r} are {kept[text]} jobs")

    def _judge_processes(self) -> None:
        """Ask whether a bridge has ended that nobody has ended."""
        for member in self.fleet.members[: self.plan.processes]:
            if not member.is_running:
                self.verdict.breaks("lost", f"bridge {member.number} ended by itself")

    def _judge_stays(self, stays: Sequence[Stay]) -> None:
        frozen = {
            one.discord.address: [(began, ended or time.monotonic_ns()) for began, ended in one.frozen]
            for one in self.fleet.members
        }
        for sentence in doubles(stays, frozen):
            self.verdict.breaks("twice", sentence)
        self.verdict.figures["fenced out"] += fenced_out(stays, frozen)
        self.gaps = "; ".join(
            told_gaps(how, gaps_s(stays, self.fleet.ended, how)) for how in ("death", "drain")
        )

    async def keep_evidence(self, folder: Path) -> None:
        """Keep what Discord and the database say, beside the logs of the bridges."""
        await self.court.keep_evidence(folder, "machines")
        books = self.court.books
        (folder / "presences.json").write_text(json.dumps(await self.court.discord.presences()))
        (folder / "jobs.json").write_text(json.dumps([dataclasses.asdict(job) for job in books.jobs()]))
        (folder / "positions.json").write_text(
            json.dumps({"kept": books.positions(0), **{one.name: one.seen for one in self.followers}})
        )

    def line(self) -> str:
        """Return the figures."""
        connections = sum(one.connections for one in self.followers)
        return (
            f"{self.verdict.line()}; {self.gaps}; {connections} connections of {len(self.followers)} readers"
        )


async def kill(scene: Scene, member: Member) -> None:
    """Kill a bridge, and start it again after a while."""
    await scene.fleet.kill(member)
    await _pause(scene.chance.uniform(0.5, 4))
    await begun(scene, member)


async def freeze(scene: Scene, member: Member) -> None:
    """Stop a bridge for longer than its leases last, and let it go on."""
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(scene.chance.uniform(1.1, 1.4) * LEASE_S, over.set_result, None)
    await member.freeze(over)


async def drain(scene: Scene, member: Member) -> None:
    """Ask a bridge to end, and start it again after a while."""
    await scene.fleet.drain(member)
    await _pause(scene.chance.uniform(0.5, 2))
    await begun(scene, member)


async def another(scene: Scene, member: Member) -> None:
    """Start another bridge beside this one, let it take its share, and drain it."""
    spare = next((one for one in scene.fleet.members if not one.is_running and not one.is_busy), None)
    if spare is None:
        await drain(scene, member)
        return
    spare.is_busy = True
    await begun(scene, spare)
    await _pause(scene.chance.uniform(3, 6))
    if spare.is_running:
        await scene.fleet.drain(spare)
    spare.is_busy = False


async def lose_database(scene: Scene, member: Member) -> None:
    """Cut a bridge off from the database, for longer than its leases last or not."""
    await _without(scene, member.database, scene.chance.choice([4.0, 1.2 * LEASE_S]))


async def lose_discord(scene: Scene, member: Member) -> None:
    """Cut a bridge off from Discord."""
    await _without(scene, member.discord, scene.plan.discord_s)


async def _without(scene: Scene, way: Wire | Relay, seconds: float) -> None:
    way.cut()
    await _pause(seconds)
    way.mend()


async def begun(scene: Scene, member: Member) -> None:
    """Start a bridge, and again if it has not reached the database or is not ready, as an operator would."""
    for _ in range(STARTS):
        try:
            await member.lives.begin()
        except TimeoutError:
            scene.verdict.figures["slow starts"] += 1
        except AssertionError:
            scene.verdict.figures["starts that ended"] += 1
        else:
            return
    scene.verdict.breaks("lost", f"bridge {member.number} was not ready after {STARTS} starts")


Blow = Callable[[Scene, Member], Awaitable[None]]
BLOWS: Final[Sequence[Blow]] = (kill, freeze, drain, another, lose_database, lose_discord)


@asynccontextmanager
async def a_scene(
    folder: Path, url: str, seed: int, plan: Plan, direct: str | None = None
) -> AsyncIterator[Scene]:
    """Run a simulator, a receiver, and bridges on the database at a URL, each through a proxy.

    With `direct` the bridges reach the database at that URL instead, without a proxy.
    """
    chance = Chance(seed).of("machines")
    async with (
        run_sandbox(SandboxOptions(video_seconds=0.3, accounts=plan.accounts)) as sandbox,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        a_ledger() as ledger,
        a_fleet(
            folder,
            url,
            sandbox.world(),
            http,
            processes=plan.processes,
            spare=0 if direct else 1,
            accounts=plan.accounts,
            chance=chance,
            **({"BRIDGE_DATABASE": direct} if direct else {}),
        ) as fleet,
    ):
        yield _scene(fleet, Court(Books(direct or url), ledger, Discord(sandbox, http)), ledger, chance, plan)


def _scene(fleet: Fleet, court: Court, ledger: Ledger, chance: random.Random, plan: Plan) -> Scene:
    followers = [
        Follower(f"reader {number}", fleet.anywhere, 5 + 10 * number, court.books.last_position())
        for number in range(plan.followers)
    ]
    channels = [one["channel"] for one in accounts_of(court.discord.world)[: plan.accounts]]
    return Scene(fleet, Client(ledger.url, ledger.note), court, chance, plan, followers, channels)


async def _pause(seconds: float) -> None:
    await asyncio.sleep(seconds)
