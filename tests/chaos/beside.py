"""A healthy receiver alone and beside hostile ones: blocks of both in ABBA order, in one bridge.

The subject is the sender: deliveries are owed in the store as the end of a job owes them, at an even pace
whatever becomes of those before. A span is from within the transaction that owes one until the receiver,
in a process of its own, has it. After a block the company is sent away: it says 410 until nothing is owed.

Some hosts have names whose name server hangs until the company is sent away; the healthy one has a name too.
"""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bridge.api.contract.views import encode
from bridge.callbacks.format import CallbackFormat
from bridge.callbacks.names import Address, Names
from bridge.callbacks.sender import CallbackSender
from bridge.clock import SystemClock
from bridge.config.settings import Callbacks
from bridge.notifier import LocalNotifier
from bridge.store.database import Tx
from bridge.store.rows.accounts import Accounts
from bridge.store.rows.webhook_secrets import WebhookSecrets
from bridge.store.sqlite.sqlite import SqliteDatabase, sqlite_database
from tests.callbacks.outbox import owe
from tests.chaos.company import HEALTHY, Company, company
from tests.chaos.spread import Pair, Sides
from tests.tools.local_client import local_client
from tests.tools.rows import TENANT, an_account
from tests.tools.vaults import a_vault

ADDRESSES: Final = {"refuse": 5, "hang": 60, "drip": 10, "redirect": 5, "fail": 5}
"""How many receivers there are of each way; each is another one to the bridge."""
UNRESOLVED: Final = 40
"""How many more receivers have a name that does not resolve; one delivery is owed to each."""
DEFAULTS: Final = Callbacks()
LIMIT_S: Final = 60.0


@dataclass(frozen=True)
class Plan:
    """How much is measured: `rounds` of four blocks, each of callbacks that count and some before them."""

    rounds: int = 6
    counted: int = 100
    before: int = 75
    per_s: float = 50.0
    backlog: int = 8
    """So many deliveries are owed to each hostile receiver at the beginning of a block."""


class NameServer:
    """Knows every name as this machine's, those of `.dead` only while it does not hang."""

    def __init__(self) -> None:
        self.answers = threading.Event()

    def ask(self, host: str) -> Sequence[Address]:
        """Return the addresses of a name."""
        if host.endswith(".dead"):
            self.answers.wait()
        return [(socket.AF_INET, socket.IPPROTO_TCP, "127.0.0.1")]


@dataclass
class Outbox:
    """The store with a sender at work, and the name server that it asks."""

    database: SqliteDatabase
    notifier: LocalNotifier
    name_server: NameServer
    numbers: int = 0

    async def owe(self, urls: Sequence[str]) -> Mapping[str, int]:
        """Owe a delivery to each; return when within the transaction, in monotonic nanoseconds by id."""
        first, self.numbers = self.numbers, self.numbers + len(urls)
        owed = await self.database.write(lambda tx: _owed(tx, urls, first))
        self.notifier.notify("deliveries")
        return owed

    async def attempts(self) -> int:
        """Return how many attempts were kept."""
        row = await self.database.read(lambda tx: tx.one("SELECT count(*) AS n FROM attempts"))
        return int(row["n"])  # type: ignore[index]

    async def emptied(self) -> None:
        """Make everything due, again and again, and return when nothing is owed any more."""
        async with asyncio.timeout(LIMIT_S):
            while await self.database.write(_hurried):
                self.notifier.notify("deliveries")
                with self.notifier.subscribe("callbacks") as subscription:
                    await subscription.wait(1.0)


@dataclass
class Measurement:
    """One bridge's sender, a healthy receiver, and the company that comes and goes."""

    plan: Plan
    outbox: Outbox
    healthy: Company
    hostile: Company
    owed: dict[str, int] = field(default_factory=dict)
    spans_s: list[float] = field(default_factory=list)
    tries: int = 0

    async def sides(self) -> Sides:
        """Measure all blocks."""
        pairs: list[Pair] = []
        for turn in range(self.plan.rounds * 2):
            one, other = (self._alone, self._beside) if turn % 2 == 0 else (self._beside, self._alone)
            blocks = {measured: await measured() for measured in (one, other)}
            pairs.append((blocks[self._alone], blocks[self._beside]))
        taken = await self.healthy.taken(len(self.owed))
        per_s = max(0.0, self.tries / sum(self.spans_s))
        held = (ADDRESSES["hang"] + ADDRESSES["drip"]) * 5 // 6
        return Sides(pairs, len(taken.keys() & self.owed.keys()), len(self.owed), per_s, held)

    async def _alone(self) -> Sequence[float]:
        await self._called(self.plan.before)
        return await self._measured()

    async def _beside(self) -> Sequence[float]:
        await self.hostile.misbehave()
        self.outbox.name_server.answers.clear()
        named = [f"http://host-{one}.dead:{self.hostile.ports['hang']}/hook" for one in range(UNRESOLVED)]
        await self.outbox.owe(_addresses(self.hostile.ports) * self.plan.backlog + named)
        await self._called(self.plan.before)
        for way in ("hang", "drip"):
            await self.hostile.held(way, ADDRESSES[way] * 5 // 6)
        began, before = time.monotonic(), await self.outbox.attempts()
        block = await self._measured()
        self.spans_s.append(time.monotonic() - began)
        self.tries += await self.outbox.attempts() - before - self.plan.counted
        await self.hostile.say_gone()
        self.outbox.name_server.answers.set()
        await self.outbox.emptied()
        return block

    async def _measured(self) -> Sequence[float]:
        """Return how long each of a block's callbacks took, in milliseconds."""
        owed = await self._called(self.plan.counted)
        taken = await self.healthy.taken(len(self.owed))
        return [(taken[name] - at_ns) / 1e6 for name, at_ns in owed.items() if name in taken]

    async def _called(self, count: int) -> Mapping[str, int]:
        """Owe so many to the healthy receiver, one after another at an even pace."""
        url = f"http://healthy.alive:{self.healthy.ports[HEALTHY]}/hook"
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            owing = []
            for turn in range(count):
                await asyncio.sleep(began + turn / self.plan.per_s - time.monotonic())
                owing.append(tasks.create_task(self.outbox.owe([url])))
        owed = {name: at_ns for task in owing for name, at_ns in task.result().items()}
        self.owed |= owed
        return owed


async def side_by_side(folder: Path, plan: Plan = Plan()) -> Sides:
    """Measure a healthy receiver alone and beside hostile ones."""
    async with AsyncExitStack() as stack:
        healthy = await stack.enter_async_context(company([HEALTHY]))
        hostile = await stack.enter_async_context(company(list(ADDRESSES)))
        outbox = await stack.enter_async_context(_sending(folder))
        return await Measurement(plan, outbox, healthy, hostile).sides()


@asynccontextmanager
async def _sending(folder: Path) -> AsyncIterator[Outbox]:
    """Run the sender of a bridge on a store of its own, as the composition root does."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    clock = SystemClock()
    notifier = LocalNotifier(clock)
    vault = a_vault()
    secrets = WebhookSecrets(vault)
    wire = CallbackFormat(
        lambda event: encode(event.job), secrets.texts, DEFAULTS.timeout_s, DEFAULTS.pauses_s
    )
    name_server = NameServer()
    names = Names(name_server.ask)
    async with sqlite_database(folder / "bridge.db") as database, local_client(names) as client:
        await database.write(lambda tx: an_account(tx, Accounts(vault)))
        await database.write(lambda tx: secrets.prepare(tx, TENANT, None, clock.now_ms()))
        sending = asyncio.create_task(CallbackSender(database, notifier, clock, client, wire).run())
        try:
            yield Outbox(database, notifier, name_server)
        finally:
            name_server.answers.set()
            sending.cancel()
            await asyncio.wait({sending})


def _addresses(ports: Mapping[str, int]) -> list[str]:
    return [
        f"http://127.1.{place}.{number}:{ports[way]}/hook"
        for place, way in enumerate(ADDRESSES)
        for number in range(1, ADDRESSES[way] + 1)
    ]


def _owed(tx: Tx, urls: Sequence[str], first: int) -> Mapping[str, int]:
    now_ms = time.time_ns() // 1_000_000
    names = [owe(tx, url, first + turn, now_ms=now_ms) for turn, url in enumerate(urls)]
    return {name: time.monotonic_ns() for name in names}


def _hurried(tx: Tx) -> bool:
    """Make all that is owed due now, but for what is under way; tell whether anything is owed."""
    tx.run("UPDATE deliveries SET due_ms = 0 WHERE state = 'pending' AND claim_ms = 0 AND due_ms > 0")
    return tx.one("SELECT 1 FROM deliveries WHERE state = 'pending'") is not None
