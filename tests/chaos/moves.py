"""An installation that is moved to PostgreSQL and back while Discord works for it, each move killed midway.

The bridge is killed or stopped with jobs under way and callbacks owed, moved by `migrate`, and started again
on the other side, round after round; readers of the stream go on where they were.
"""

import asyncio
import json
import os
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from bridge.sandbox import SandboxOptions, run_sandbox
from tests.chaos.doubles import doubles, stays_of
from tests.chaos.fleet import BRISK, SLOTS
from tests.chaos.followers import Follower, following
from tests.chaos.lives import Chance, Lives, accounts_of, living
from tests.chaos.orders import Asked, Client, Order, all_verbs, equals, look_alikes, refusals
from tests.chaos.patience import all_told, until
from tests.chaos.points import FOLDER, order_to_die, passed_in, seen_in, withdraw
from tests.chaos.verdict import OPEN, Court, Verdict
from tests.chaos.witnesses import Books, a_ledger
from tests.tools.databases import Storage
from tests.tools.postgres import Server
from tests.tools.python_path import python_path
from tests.tools.world import Api, Discord

ACCOUNTS: Final = 4
ORDERS: Final = 14
CALM_S: Final = 120.0
MOVE_S: Final = 120.0
POINTS: Final = 30
"""How many points the first move is taken to have; the later ones have as many as the last one."""
KEY: Final = "the secret key of an installation that moves"


@dataclass
class Moves:
    """An installation, where it is at present, and what is asked of it."""

    lives: Lives
    storage: Storage
    client: Client
    court: Court
    chance: random.Random
    server: Server
    databases: ExitStack
    """The databases that it was moved to; each move needs an empty one."""
    followers: list[Follower] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    points: int = POINTS
    _wanted: Counter[str] = field(default_factory=Counter)

    async def play(self, rounds: int) -> Verdict:
        """Move there and back so many times, let it calm down, and judge."""
        await self._order([(order, None) for order in all_verbs(self.chance, [])])
        await self._all_ended()
        self.followers = [
            Follower(f"reader {number}", self._api, 5 + 10 * number, self.court.books.last_position())
            for number in range(3)
        ]
        async with following(self.followers, asyncio.sleep):
            for number in range(rounds):
                await self._move_to(self.databases.enter_context(self.server.database()))
                await self._move_to(self.lives.folder / "data" / f"back-{number}.db")
            await self._calm()
        return await self._judge()

    async def _begin(self) -> None:
        self.lives.env = {**self.lives.env, "BRIDGE_DATABASE": str(self.storage)}
        self.court.books = Books(self.storage)
        await self.lives.begin()

    def _api(self) -> Api:
        """Return a client of the bridge; raises `ClientConnectionError` while none runs."""
        if not self.lives.is_running:
            raise aiohttp.ClientConnectionError("no bridge runs")
        return self.lives.api

    async def _move_to(self, target: Storage) -> None:
        """Order, end the bridge in the middle of it, move, start it there, and repeat some orders."""
        orders = [(order, secrets.token_hex(8)) for order in self._orders()]
        self._wanted.update(order.fields.get("prompt", "") for order, _ in orders)
        self.court.ledger.is_closed = True
        under_way = asyncio.create_task(self._order(orders))
        await asyncio.sleep(self.chance.uniform(0.5, 4))
        await self._end()
        refused = [asked.order for asked in await under_way if asked.answer and asked.answer.status == 429]
        books = self.court.books
        self.verdict.figures["moved while open"] += sum(job.state in OPEN for job in books.jobs())
        self.verdict.figures["callbacks owed in a move"] += books.owed()
        await self._migrate(target)
        self.court.ledger.is_closed = False
        self.storage = target
        await self._begin()
        await self._order([one for one in orders if one[0] not in refused])

    async def _end(self) -> None:
        """Kill the bridge, or ask it to end."""
        if self.chance.random() < 0.5:
            self.verdict.figures["bridges killed"] += 1
            await self.lives.kill()
            return
        self.lives.process.terminate()
        await self.lives.process.wait()
        await self.lives.end()

    async def _migrate(self, target: Storage) -> None:
        """Move; one attempt or two are killed at any of their points."""
        places = self.lives.folder / "moves"
        places.mkdir(exist_ok=True)
        passed = 0
        for _ in range(self.chance.choice([1, 1, 2])):
            order_to_die(places, str(self.chance.randint(1, self.points)), 1)
            await self._attempt(target, places)
            passed += len(passed_in(places))
            self.verdict.figures["moves killed"] += not withdraw(places)
        code = await self._attempt(target, places)
        self.points = passed + len(passed_in(places))
        self.verdict.figures["moves"] += code == 0
        if code:
            self.verdict.breaks("lost", f"a move to {target} ended with {code}")

    async def _attempt(self, target: Storage, places: Path) -> int:
        """Run `migrate`, and return its exit code."""
        seen_in(places).unlink(missing_ok=True)
        with (places / "log.txt").open("a") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.chaos.mortal_move", "migrate"),
                *("--from", str(self.storage), "--to", str(target)),
                cwd=places,
                env={**_inherited(), **self._variables(places)},
                stdout=log,
                stderr=log,
            )
            async with asyncio.timeout(MOVE_S):
                return await process.wait()

    def _variables(self, places: Path) -> dict[str, str]:
        return {"BRIDGE_SECRET_KEY": KEY, "PYTHONPATH": python_path(), FOLDER: str(places)}

    def _orders(self) -> list[Order]:
        kept = [job for job in self.court.books.jobs() if job.body["command"]["verb"] == "pixverse-create"]
        parents = [{"jobid": job.id} for job in kept if job.state == "completed"]
        orders = [*all_verbs(self.chance, parents), *look_alikes(self.chance)]
        orders += [*equals(self.chance, 3), *refusals(self.chance, parents)]
        self.chance.shuffle(orders)
        return orders[:ORDERS]

    async def _order(self, orders: Sequence[tuple[Order, str | None]]) -> list[Asked]:
        """Place orders, each with its key, one after another without waiting for the answers."""
        async with asyncio.TaskGroup() as tasks:
            asked = []
            for order, key in orders:
                asked.append(tasks.create_task(self._place(order, key)))
                await asyncio.sleep(0.1)
        return [task.result() for task in asked]

    async def _place(self, order: Order, key: str | None) -> Asked:
        try:
            return await self.client.ask(self._api(), order, key)
        except aiohttp.ClientError:
            return Asked(order, None)

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
        kept = Counter(str(job.body["command"].get("prompt") or "") for job in books.jobs())
        for text, count in self._wanted.items():
            if text and kept[text] > count:
                self.verdict.breaks("twice", f"{count} orders of {text!r} are {kept[text]} jobs")
        for sentence in doubles(stays_of(await self.court.discord.presences(), time.monotonic_ns()), {}):
            self.verdict.breaks("twice", sentence)
        for follower in self.followers:
            for sentence in follower.broken(books.positions(follower.start)):
                self.verdict.breaks("untold", sentence)
        return self.verdict


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}


@asynccontextmanager
async def an_installation(folder: Path, seed: int, server: Server) -> AsyncIterator[Moves]:
    """Give an installation on a simulator, on a file at first; a server has room for where it moves."""
    async with (
        run_sandbox(SandboxOptions(video_seconds=2.0, accounts=ACCOUNTS)) as sandbox,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        a_ledger() as ledger,
        living(
            folder,
            sandbox.world(),
            http,
            module=BRISK,
            BRIDGE_ACCOUNTS=json.dumps([{**one, "maxJobs": SLOTS} for one in accounts_of(sandbox.world())]),
            BRIDGE_DATABASE=str(folder / "data" / "first.db"),
            BRIDGE_SECRET_KEY=KEY,
            BRIDGE_JOBS__SILENCE_S="20",
        ) as lives,
    ):
        with ExitStack() as databases:
            file = folder / "data" / "first.db"
            court = Court(Books(file), ledger, Discord(sandbox, http))
            client = Client(ledger.url, ledger.note)
            yield Moves(lives, file, client, court, Chance(seed).of("moves"), server, databases)
