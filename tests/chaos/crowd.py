"""A crowd: many accounts with all their slots taken at once, and the API asked meanwhile."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from tests.chaos.lives import Lives, accounts_of, living
from tests.chaos.orders import Client, Order, token
from tests.chaos.patience import all_ended, all_told
from tests.chaos.verdict import Court, Verdict
from tests.chaos.witnesses import Books, Ledger, a_ledger
from tests.tools.processes import simulator
from tests.tools.world import Api, Discord

SLOTS: Final = 10
LIMIT_S: Final = 120.0
AT_ONCE: Final = 40
ASKS: Final = 300
PER_S: Final = 20
LISTS: Final = (
    "/v1/pixverse/jobs",
    "/v1/pixverse/jobs/history?limit=20",
    "/v1/pixverse/health",
    "/v1/pixverse/account",
)
MOST_MB: Final = 300
MOST_P99_MS: Final = 100


@dataclass(frozen=True)
class Elsewhere:
    """A simulator in another process."""

    url: str


@dataclass
class Crowd:
    """The verdict on a crowd, and what it cost."""

    verdict: Verdict
    most_open: int
    rss_mb: float
    p99_ms: float

    def broken(self, jobs: int) -> list[str]:
        """Return a sentence for each aim that was missed."""
        aims = {
            f"{self.most_open} of {jobs} jobs were open at once": self.most_open == jobs,
            f"the bridge held {self.rss_mb:.0f} MB, more than {MOST_MB}": self.rss_mb < MOST_MB,
            f"the API's p99 was {self.p99_ms:.0f} ms, more than {MOST_P99_MS}": self.p99_ms < MOST_P99_MS,
        }
        return self.verdict.broken + [sentence for sentence, is_met in aims.items() if not is_met]

    def line(self) -> str:
        """Return the figures."""
        cost = f"RSS at most {self.rss_mb:.0f} MB, API p99 {self.p99_ms:.1f} ms"
        return f"{self.most_open} open at once, {cost}: {self.verdict.line()}"


async def a_crowd(folder: Path, accounts: int, video_s: float) -> Crowd:
    """Fill the slots of so many accounts and see everything through."""
    more = ("--accounts", str(accounts))
    async with (
        simulator(folder / "discord", video_s, *more) as discord,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        a_ledger() as ledger,
        living(folder / "bridge", discord.facts["discord"], http, accounts, **QUIET) as lives,
    ):
        elsewhere = Discord(Elsewhere(discord.facts["url"]), http)  # type: ignore[arg-type]
        channels = [one["channel"] for one in accounts_of(discord.facts["discord"])[:accounts]]
        return await _seen_through(lives, Court(Books(lives.database), ledger, elsewhere), ledger, channels)


QUIET: Final = {
    "BRIDGE_LOG__LEVEL": "warning",
    "BRIDGE_JOBS__SILENCE_S": "600",
    "BRIDGE_JOBS__PATIENCE_S": "15",
}


async def _seen_through(lives: Lives, court: Court, ledger: Ledger, channels: Sequence[str]) -> Crowd:
    client, books = Client(ledger.url, ledger.note), court.books
    await _fill(lives.api, client, channels)
    most_open = sum(job.ended_ms is None for job in books.jobs())
    p99_ms = await _asked(lives.api, [one.job_id for one in client.asked if one.job_id])
    await all_ended(lives.api, books, 0, 0, LIMIT_S)
    await all_told(ledger, books, 0, LIMIT_S / 6)
    verdict = await court.hear(client.asked, books.jobs())
    return Crowd(verdict, most_open, rss_mb(lives.process.pid), p99_ms)


async def _fill(api: Api, client: Client, channels: Sequence[str]) -> None:
    """Order one job for every slot, so many requests at a time."""
    waiting = [_order(channel) for _ in range(SLOTS) for channel in channels]

    async def work() -> None:
        while waiting:
            await client.ask(api, waiting.pop())

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


def _order(channel: str) -> Order:
    return Order("create", {"prompt": f"a cat {token()}", "style": "Realistic", "channel": channel})


async def _asked(api: Api, jobs: Sequence[str]) -> float:
    """Return the p99 of the answers to readers at an even pace, in milliseconds, while all jobs run."""
    paths = [path for job in jobs for path in (f"/v1/pixverse/jobs/?jobid={job}", *LISTS)]
    began = time.perf_counter()

    async def ask(turn: int) -> float:
        await asyncio.sleep(began + turn / PER_S - time.perf_counter())
        asked = time.perf_counter()
        await api.get(paths[turn % len(paths)])
        return (time.perf_counter() - asked) * 1000

    spans = await asyncio.gather(*(ask(turn) for turn in range(ASKS)))
    return sorted(spans)[int(len(spans) * 0.99) - 1]


def rss_mb(pid: int) -> float:
    """Return the most memory that a process has held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    most = next(line for line in lines if line.startswith("VmHWM"))
    return int(most.split()[1]) / 1024
