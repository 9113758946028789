"""Storms: faults of the gateway or of REST, at random, while jobs run; then calm, and a verdict."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from bridge.sandbox import Sandbox, SandboxOptions, run_sandbox
from tests.chaos.lives import Chance, Lives, accounts_of, living
from tests.chaos.orders import Client, Order, all_verbs, equals, look_alikes, refusals
from tests.chaos.patience import all_ended, all_told, its_end
from tests.chaos.verdict import Court, Verdict
from tests.chaos.witnesses import Books, a_ledger
from tests.tools.world import Discord

ACCOUNTS: Final = 4
AT_ONCE: Final = 16
CALM_S: Final = 90.0
MOST_FAULTS: Final = 50
"""A storm ends: the pauses between connections grow while it lasts."""
POST: Final = "/interactions"
CHANNELS: Final = "/channels"
Fault = Mapping[str, Any]

GATEWAY: Final[Sequence[Fault]] = (
    {"name": "drop_gateway"},
    {"name": "drop_gateway", "forget": True},
    {"name": "drop_gateway", "forget": True, "refuse_s": 0.5},
    {"name": "reconnect"},
    {"name": "invalid_session"},
    {"name": "invalid_session", "resumable": True},
    {"name": "no_heartbeat_ack", "seconds": 1.5},
    {"name": "hold_events", "seconds": 0.7},
    {"name": "duplicate_events", "seconds": 1.0},
    {"name": "reorder_events", "seconds": 1.0},
    {"name": "slow_frames", "seconds": 0.5, "delay_s": 0.05},
    {"name": "blackhole"},
)
REST: Final[Sequence[Fault]] = (
    {"name": "rest", "route": POST, "times": 1, "status": 429, "retry_after": 0.3},
    {"name": "rest", "route": POST, "times": 1, "status": 429, "retry_after": 0.3, "after_acceptance": True},
    {"name": "rest", "route": POST, "times": 1, "status": 500},
    {"name": "rest", "route": POST, "times": 2, "status": 502, "after_acceptance": True},
    {"name": "rest", "route": POST, "times": 1, "status": 0},
    {"name": "rest", "route": POST, "times": 2, "status": 0, "after_acceptance": True},
    {"name": "rest", "route": POST, "times": 1, "hang_s": 3.0},
    {"name": "rest", "route": CHANNELS, "times": 2, "status": 500},
    {"name": "cut_upload", "times": 1},
    {"name": "stale_command"},
    {"name": "stale_command", "quietly": True},
    {"name": "captcha", "route": POST, "times": 1},
)


@dataclass
class Storm:
    """Jobs on some accounts of one bridge, and what goes wrong meanwhile."""

    lives: Lives
    client: Client
    court: Court
    chance: random.Random
    faults: Sequence[Fault]
    accounts: Sequence[Mapping[str, str]]
    users: Sequence[str]

    async def rage(self, jobs: int) -> Verdict:
        """Order so many jobs in the storm, let it calm down, and judge."""
        await self._run(all_verbs(self.chance, []))
        await all_ended(self.lives.api, self.court.books, 0, 0, CALM_S)
        kept = [job for job in self.court.books.jobs() if job.body["command"]["verb"] == "pixverse-create"]
        waiting = self._orders(jobs, [{"jobid": job.id} for job in kept])
        storm = asyncio.create_task(self._blow())
        await asyncio.gather(*(self._work(waiting) for _ in range(AT_ONCE)))
        storm.cancel()
        await asyncio.wait({storm})
        return await self._judge()

    def _orders(self, jobs: int, parents: Sequence[Mapping[str, Any]]) -> list[Order]:
        """Return orders in any order; in the long form ten are equal in one channel, twenty over two."""
        alike = min(10, jobs // 8)
        orders: list[Order] = equals(self.chance, alike, self.accounts[0]["channel"])
        orders += [
            order for place in (1, 2) for order in equals(self.chance, alike, self.accounts[place]["channel"])
        ]
        orders += refusals(self.chance, parents)
        while len(orders) < jobs:
            orders += [*all_verbs(self.chance, parents), *look_alikes(self.chance)]
            orders += refusals(self.chance, parents)
        self.chance.shuffle(orders)
        return orders[:jobs]

    async def _work(self, waiting: list[Order]) -> None:
        """Order what waits, one job after another; an account without room is asked again when one ended."""
        while waiting:
            order = waiting.pop()
            asked = await self.client.ask(self.lives.api, order)
            if asked.job_id is not None:
                await its_end(self.lives.api, asked.job_id, CALM_S / 18)
            elif asked.answer is None or asked.answer.status in (429, 503):
                waiting.append(order)
                await self._pause(0.3)

    async def _run(self, orders: Sequence[Order]) -> None:
        await asyncio.gather(*(self.client.ask(self.lives.api, order) for order in orders))

    async def _blow(self) -> None:
        for _ in range(MOST_FAULTS):
            fault = dict(self.chance.choice(self.faults))
            if fault["name"] != "stale_command":
                fault["user_id"] = self.chance.choice(self.users)
            await self.court.discord.fault(fault.pop("name"), **fault)
            await self._pause(self.chance.uniform(0.1, 0.8))
            await self._answer_captchas()

    async def _answer_captchas(self) -> None:
        """Do what a person does: set the account again that needs it."""
        health = (await self.lives.api.get("/v1/pixverse/health")).body
        bad = {one["channel"] for one in health["accounts"] if one["condition"] == "needs_human"}
        for account in self.accounts:
            if account["channel"] in bad:
                path = f"/v1/pixverse/account/{account['channel']}"
                await self.lives.api.call("POST", path, json={**account, "maxJobs": 10})

    async def _pause(self, seconds: float) -> None:
        await self.court.ledger.until(lambda: False, seconds)

    async def _judge(self) -> Verdict:
        books, ledger = self.court.books, self.court.ledger
        await self.court.discord.heal()
        await self._answer_captchas()
        await all_ended(self.lives.api, books, 0, 0, CALM_S)
        await all_told(ledger, books, 0, CALM_S / 9)
        return await self.court.hear(self.client.asked, books.jobs())


@asynccontextmanager
async def a_storm(
    folder: Path, seed: int, faults: Sequence[Fault], video_s: float = 0.3
) -> AsyncIterator[Storm]:
    """Run a simulator, a receiver and a bridge for a storm of some faults."""
    options = SandboxOptions(video_seconds=video_s, accounts=ACCOUNTS, heartbeat_s=1.0)
    async with (
        run_sandbox(options) as sandbox,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        a_ledger() as ledger,
        living(folder, sandbox.world(), http, ACCOUNTS, BRIDGE_JOBS__SILENCE_S="8") as lives,
    ):
        court = Court(Books(lives.database), ledger, Discord(sandbox, http))
        yield _storm(sandbox, lives, court, seed, faults)


def _storm(sandbox: Sandbox, lives: Lives, court: Court, seed: int, faults: Sequence[Fault]) -> Storm:
    world = sandbox.world()
    accounts = accounts_of(world)[:ACCOUNTS]
    users = [one["user_id"] for one in world["accounts"]][:ACCOUNTS]
    return Storm(
        lives,
        Client(court.ledger.url, court.ledger.note),
        court,
        Chance(seed).of("storm"),
        faults,
        accounts,
        users,
    )
