"""An installation that is backed up while Discord works for it, lost, and restored elsewhere.

Each round takes a backup in the middle of orders, goes on for a while, loses the bridge with its database,
and starts another on what was restored. The lost database stays a witness: it knows what was sent since then.
"""

import asyncio
import json
import os
import random
import secrets
import shutil
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
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
from tests.chaos.verdict import OPEN, Court, Verdict
from tests.chaos.witnesses import Books, RestoredBooks, a_ledger
from tests.tools.databases import Storage
from tests.tools.postgres import Server
from tests.tools.python_path import python_path
from tests.tools.world import Api, Discord

ACCOUNTS: Final = 3
PACE_S: Final = "0.7"
"""Lets orders wait for each other: what waits in a backup is what could be sent twice."""
ORDERS: Final = 16
KILLED: Final = 0.3
"""So many of all backups, and of all restores, are killed once before they are made."""
LONGEST_COMMAND_S: Final = 1.5
CALM_S: Final = 120.0
COMMAND_S: Final = 120.0
KEY: Final = "the secret key of an installation that is restored"


@dataclass(frozen=True)
class Ordered:
    """An order and its key, what was answered, and when."""

    order: Order
    key: str
    asked: Asked
    answered_s: float

    @property
    def can_be_repeated(self) -> bool:
        """Whether its key stands for a job: one that was answered 429 may be asked for anew."""
        return self.asked.answer is not None and self.asked.answer.status != 429


@dataclass
class Backups:
    """An installation, where it is at present, and what is asked of it."""

    lives: Lives
    storage: Storage
    client: Client
    court: Court
    chance: random.Random
    server: Server | None
    databases: ExitStack
    """The databases that it is restored into; each restore needs an empty one."""
    verdict: Verdict = field(default_factory=Verdict)
    _files: int = 0
    _places: int = 0

    async def play(self, rounds: int) -> Verdict:
        """Lose and restore the installation so many times, and judge each time."""
        await self._order(all_verbs(self.chance, []))
        await self._all_ended()
        for number in range(rounds):
            await self._round(f"round {number}")
        for sentence in doubles(stays_of(await self.court.discord.presences(), time.monotonic_ns()), {}):
            self.verdict.breaks("twice", sentence)
        return self.verdict

    async def _round(self, name: str) -> None:
        """Order, back up in the middle of it, go on, lose all, restore, repeat orders, and judge."""
        lost, first = self.court.books, self.court.books.last_number()
        self.court.ledger.is_closed = self.chance.random() < 0.5
        ordering = asyncio.create_task(self._order(self._orders()))
        await asyncio.sleep(self.chance.uniform(0.3, 2))
        begun_s = time.monotonic()
        file = await self._back_up()
        self.court.ledger.is_closed = False
        ordered = [*await ordering, *await self._order(self._orders()[: ORDERS // 4])]
        await asyncio.sleep(self.chance.uniform(0, 4))
        await self._lose()
        told = {job: len(said) for job, said in self.court.ledger.told.items()}
        await self._restore(file)
        reader = Follower("a reader", self._api, 1_000, lost.last_position())
        self._take_over(lost)
        await self.lives.begin()
        async with following([reader], asyncio.sleep):
            contained = [one for one in ordered if one.answered_s < begun_s]
            again = await self._repeat([one for one in contained if one.can_be_repeated])
            await self._calm(first, reader)
        await self._judge(name, first, [*(one.asked for one in contained), *again])
        await self._judge_younger(name, [one for one in ordered if one not in contained], told)
        self._judge_reader(name, reader)

    async def _back_up(self) -> Path:
        """Make a backup; one attempt may be killed midway, and leaves no file of that name."""
        self._files += 1
        file = self.lives.folder / f"backup-{self._files}.tar.gz"
        if self.chance.random() < KILLED:
            await self._killed("backup", str(file))
            self.verdict.figures["backups killed"] += 1
            if file.exists():
                await self._run("verify", str(file))
                file.unlink()
        await self._run("backup", str(file))
        await self._run("verify", str(file))
        self.verdict.figures["backups"] += 1
        return file

    async def _restore(self, file: Path) -> None:
        """Restore a backup to a new place; one attempt may be killed midway, and is made anew elsewhere."""
        if self.chance.random() < KILLED:
            folder, more, _ = self._place()
            await self._killed("restore", str(file), "--data-dir", str(folder), *more)
            self.verdict.figures["restores killed"] += 1
            shutil.rmtree(folder, ignore_errors=True)
        folder, more, self.storage = self._place()
        await self._run("restore", str(file), "--data-dir", str(folder), *more)
        place = {"BRIDGE_DATA_DIR": str(folder), "BRIDGE_DATABASE": str(self.storage)}
        self.lives.env = {**self.lives.env, **place}

    def _place(self) -> tuple[Path, Sequence[str], Storage]:
        """Return a new directory, the options for an empty database, and where the data will be."""
        self._places += 1
        folder = self.lives.folder / f"restored-{self._places}"
        if self.server is None:
            return folder, (), folder / "bridge.db"
        url = self.databases.enter_context(self.server.database("template0"))
        return folder, ("--database", url), url

    async def _run(self, *arguments: str) -> None:
        """Run a command, which is to succeed."""
        process = await self._begun(*arguments)
        async with asyncio.timeout(COMMAND_S):
            code = await process.wait()
        if code:
            self.verdict.breaks("lost", f"{arguments[0]} ended with {code}")

    async def _killed(self, *arguments: str) -> None:
        """Run a command, and kill it at any moment."""
        process = await self._begun(*arguments)
        try:
            async with asyncio.timeout(self.chance.uniform(0.2, LONGEST_COMMAND_S)):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _begun(self, *arguments: str) -> asyncio.subprocess.Process:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
        with (self.lives.folder / "commands.txt").open("a") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bridge", *arguments),
                cwd=self.lives.folder,
                env={**inherited, **self.lives.env, "PYTHONPATH": python_path()},
                stdout=log,
                stderr=log,
            )

    async def _lose(self) -> None:
        """Kill the bridge, or ask it to end; nobody starts it again on what it had."""
        if self.chance.random() < 0.5:
            self.verdict.figures["bridges killed"] += 1
            await self.lives.kill()
            return
        self.lives.process.terminate()
        await self.lives.process.wait()
        await self.lives.end()

    def _take_over(self, lost: Books) -> None:
        """Let the restored database be the one that is judged, and the lost ones witnesses."""
        before = lost.lost if isinstance(lost, RestoredBooks) else ()
        books = RestoredBooks(self.storage, (*before, Books(lost.storage)))
        self.court.books = books
        states = Counter(job.state for job in books.jobs())
        self.verdict.figures["waited in a backup"] += states["waiting"]
        self.verdict.figures["at work in a backup"] += sum(states[state] for state in OPEN - {"waiting"})

    def _api(self) -> Api:
        """Return a client of the bridge; raises `ClientConnectionError` while none runs."""
        if not self.lives.is_running:
            raise aiohttp.ClientConnectionError("no bridge runs")
        return self.lives.api

    def _orders(self) -> list[Order]:
        kept = [job for job in self.court.books.jobs() if job.body["command"]["verb"] == "pixverse-create"]
        parents = [{"jobid": job.id} for job in kept if job.state == "completed"]
        orders = [*all_verbs(self.chance, parents), *look_alikes(self.chance)]
        orders += [*equals(self.chance, 3), *refusals(self.chance, parents)]
        orders += all_verbs(self.chance, parents)
        self.chance.shuffle(orders)
        return orders[:ORDERS]

    async def _order(self, orders: Sequence[Order]) -> list[Ordered]:
        """Place orders, each with a key, one after another without waiting for the answers."""
        async with asyncio.TaskGroup() as tasks:
            placed = []
            for order in orders:
                placed.append(tasks.create_task(self._placed(order, secrets.token_hex(8))))
                await asyncio.sleep(0.1)
        return [task.result() for task in placed]

    async def _placed(self, order: Order, key: str) -> Ordered:
        asked = await self.client.ask(self.lives.api, order, key)
        return Ordered(order, key, asked, time.monotonic())

    async def _repeat(self, ordered: Sequence[Ordered]) -> list[Asked]:
        """Repeat orders whose jobs are in the backup, with their keys: each is answered with its job."""
        again = []
        for one in ordered:
            asked = await self._placed(one.order, one.key)
            again.append(asked.asked)
            if asked.asked.job_id != one.asked.job_id:
                self.verdict.breaks("twice", f"job {one.asked.job_id} is {asked.asked.job_id} when repeated")
        self.verdict.figures["repeated"] += len(again)
        return again

    async def _calm(self, first: int, reader: Follower) -> None:
        await self._all_ended()
        await all_told(self.court.ledger, self.court.books, first, CALM_S / 4)
        last = self.court.books.last_position()
        await until(lambda: reader.position >= last, CALM_S)

    async def _all_ended(self) -> None:
        await until(lambda: all(job.state not in OPEN for job in self.court.books.jobs()), CALM_S)

    async def _judge(self, name: str, first: int, asked: Iterable[Asked]) -> None:
        """Judge the jobs that the backup of a round had."""
        verdict = await self.court.hear(asked, self.court.books.jobs(first))
        verdict.broken = [f"{name}: {sentence}" for sentence in verdict.broken]
        self.verdict += verdict
        self.verdict.figures["rounds"] += 1

    async def _judge_younger(self, name: str, ordered: Iterable[Ordered], told: dict[str, int]) -> None:
        """Judge what was ordered since a backup began: it is in it, or unknown and told no more."""
        known = {job.id for job in self.court.books.jobs()}
        for job in {one.asked.job_id for one in ordered if one.asked.job_id is not None} - known:
            self.verdict.figures["younger than the backup"] += 1
            status = (await self.lives.api.get(f"/v1/pixverse/jobs/?jobid={job}")).status
            if status != 404:
                self.verdict.breaks("wrong", f"{name}: {job}, which is in no backup, is answered {status}")
            if len(self.court.ledger.told[job]) != told.get(job, 0):
                self.verdict.breaks("untold", f"{name}: {job}, which is in no backup, is told")

    def _judge_reader(self, name: str, reader: Follower) -> None:
        """Judge what a reader with a position of the lost log saw: a reset, then the whole new one."""
        positions = self.court.books.positions(reader.start)
        if reader.resets != 1:
            self.verdict.breaks("untold", f"{name}: a reader of the lost log got {reader.resets} resets")
        reader.resets, reader.seen = 0, reader.seen[reader.resets :]
        for sentence in reader.broken(positions):
            self.verdict.breaks("untold", f"{name}: {sentence}")


@asynccontextmanager
async def a_restored_installation(
    folder: Path, seed: int, server: Server | None = None
) -> AsyncIterator[Backups]:
    """Give an installation on a simulator: on files, or on databases of a server."""
    async with (
        run_sandbox(SandboxOptions(video_seconds=2.0, accounts=ACCOUNTS)) as sandbox,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        a_ledger() as ledger,
    ):
        accounts = [{**one, "maxJobs": SLOTS} for one in accounts_of(sandbox.world())]
        with ExitStack() as databases:
            storage: Storage = folder / "data" / "bridge.db"
            if server is not None:
                storage = databases.enter_context(server.database("template0"))
            async with living(
                folder,
                sandbox.world(),
                http,
                module=BRISK,
                BRIDGE_ACCOUNTS=json.dumps(accounts),
                BRIDGE_DATABASE=str(storage),
                BRIDGE_SECRET_KEY=KEY,
                BRIDGE_JOBS__PACE_S=PACE_S,
                BRIDGE_JOBS__SILENCE_S="20",
            ) as lives:
                court = Court(Books(storage), ledger, Discord(sandbox, http))
                client = Client(ledger.url, ledger.note)
                yield Backups(lives, storage, client, court, Chance(seed).of("backups"), server, databases)
