"""One bridge on SQLite, several on PostgreSQL: submits, edits, and how long accounts have no session.

The server is one of its own, with the defaults for what a commit promises: it is on the disk when it returns.
"""

import asyncio
import itertools
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import aiohttp
import psycopg

from bench.figures import ms
from bench.host import TICKS, usage_of
from bench.load import begin_jobs, edit, texts
from bench.processes import Program, bridge_command
from bench.scene import MOST_AT_ONCE, Client, channels, variables
from bench.submits import prompts, side_by_side
from bench.tables import Table
from tests.chaos.doubles import gaps_s, stays_of
from tests.chaos.fleet import Ended
from tests.chaos.spread import p
from tests.chaos.witnesses import Books, KeptJob
from tests.tools.postgres import Cluster, cluster

ACCOUNTS: Final = 20
JOBS_EACH: Final = 2
KEY: Final = "the secret key of all bridges of the benchmark"
DURABLE: Final = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "autovacuum": "on",
}
EDITS_PER_S: Final = 500
"""More than the bridges can take on few cores; the bot makes no more at a time."""
LOOPBACK: Final = "127.0.0.1"
LOOK_S: Final = 0.2
LONGEST_GAP_S: Final = 40.0
GIVE_UP_S: Final = 120.0
NOTES: Final = (
    f"{ACCOUNTS} accounts; submits as in the part of that name, at any bridge in turn; edits of "
    f"{ACCOUNTS * JOBS_EACH} jobs, until the last one of each is in the database.",
    "CPU: of all bridges together, and of the whole PostgreSQL server beside them, for one submit or edit.",
    "Simulator, bridges and server share the machine: on few cores, more bridges do not add to the rates.",
    "Gaps: from the end of a gateway session to the account's next one; its bridge is killed or drained.",
)


@dataclass(frozen=True)
class Bridges:
    """Bridges on one database, and the simulator."""

    client: Client
    programs: Sequence[Program]
    server: Cluster | None
    books: Books

    def cpu_s(self) -> float:
        """Return what all bridges have used."""
        return sum(usage_of(program.pid).cpu_s for program in self.programs)

    def memory_mb(self) -> float:
        """Return what one bridge has."""
        return max(usage_of(program.pid).memory_mb for program in self.programs)

    def server_cpu_s(self) -> float:
        """Return what the server has used, with its processes, also those that have ended."""
        if self.server is None or self.server.process is None:
            return 0.0
        pid = self.server.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return _ticks(pid, 4) / TICKS + sum(_ticks(int(child), 2) for child in children) / TICKS

    def commits(self) -> int:
        """Return how many transactions the server has committed."""
        if self.server is None:
            return 0
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            row = connection.execute(
                "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
            ).fetchone()
        return int(row[0]) if row else 0


@dataclass(frozen=True)
class Cost:
    """At which rate something was done, and what each cost."""

    rate: float
    cpu_ms: float
    server_ms: float
    commits: float

    def cells(self, *, is_postgres: bool) -> list[str]:
        """Return the figures."""
        shared = [ms(self.server_ms), f"{self.commits:.1f}"] if is_postgres else ["", ""]
        return [f"{self.rate:.0f}/s", ms(self.cpu_ms), *shared]


async def measure(folder: Path, processes: Sequence[int], count: int, edits: int) -> Table:
    """Measure SQLite with one bridge, and PostgreSQL with so many."""
    folder.mkdir()  # noqa: ASYNC240
    rows = [await _row(folder / "sqlite", "SQLite, 1 bridge", None, 1, count, edits)]
    for number in processes:
        with cluster() as server:
            _make_durable(server)
            name = f"PostgreSQL, {number} bridge{'s' * (number > 1)}"
            rows.append(await _row(folder / f"postgres-{number}", name, server, number, count, edits))
    headings = (
        *("", "submits", "CPU each", "server CPU", "commits"),
        *("edits", "CPU each", "server CPU", "commits"),
        *("memory of one", "gaps after a death: p50, max", "after a drain"),
    )
    return Table("One database, several bridges", headings, rows, NOTES)


async def _row(
    folder: Path, name: str, server: Cluster | None, processes: int, count: int, edits: int
) -> list[str]:
    async with bridges(folder, server, processes) as running:
        await _submitted(running, count // 4)
        submits = await _cost(running, count, _submitted)
        edited = await _edited(running, edits)
        memory = f"{running.memory_mb():.0f} MB"
        drained = await _gaps(running, running.programs[0], "drain") if processes > 2 else ""
        died = await _gaps(running, running.programs[-1], "death") if processes > 1 else ""
    is_postgres = server is not None
    costs = [*submits.cells(is_postgres=is_postgres), *edited.cells(is_postgres=is_postgres)]
    return [name, *costs, memory, died, drained]


@asynccontextmanager
async def bridges(folder: Path, server: Cluster | None, processes: int) -> AsyncIterator[Bridges]:
    """Start the simulator and so many bridges."""
    folder.mkdir()  # noqa: ASYNC240
    shared = {"BRIDGE_DATABASE": server.url} if server is not None else {}
    async with (
        bridge_command("sandbox-discord", folder, {}, "--accounts", str(ACCOUNTS)) as simulator,
        aiohttp.ClientSession(trust_env=False, connector=aiohttp.TCPConnector(limit=MOST_AT_ONCE)) as http,
        AsyncExitStack() as stack,
    ):
        world = simulator.facts["discord"]
        programs = []
        for number in range(processes):
            own = folder / f"bridge-{number}"
            own.mkdir()
            settings = variables(world, own, ACCOUNTS, {"BRIDGE_SECRET_KEY": KEY, **shared})
            programs.append(await stack.enter_async_context(bridge_command("serve", own, settings)))
        client = Client(http, programs[0].facts["url"], world)
        await client.order("POST", "limits", {"kept": False})
        await _until_spread(client, processes)
        storage = server.url if server is not None else folder / "bridge-0" / "bridge" / "bridge.db"
        yield Bridges(client, programs, server, Books(storage))


async def _until_spread(client: Client, processes: int) -> None:
    """Return when every bridge runs its share of the accounts."""
    async with asyncio.timeout(GIVE_UP_S):
        while processes > 1:
            _, health = await client.ask("GET", "/v1/pixverse/health")
            accounts = health["accounts"]
            names = {one["machine"]["name"] for one in accounts if one.get("machine")}
            if len(names) == processes and all(one["condition"] == "connected" for one in accounts):
                return
            await asyncio.sleep(LOOK_S)


async def _cost(running: Bridges, count: int, act: Any) -> Cost:
    before = running.cpu_s(), running.server_cpu_s(), running.commits()
    begun = time.perf_counter()
    await act(running, count)
    took_s = time.perf_counter() - begun
    after = running.cpu_s(), running.server_cpu_s(), running.commits()
    cpu_s, server_s, commits = (now - then for now, then in zip(after, before, strict=True))
    return Cost(count / took_s, cpu_s * 1000 / count, server_s * 1000 / count, commits / count)


async def _submitted(running: Bridges, count: int) -> None:
    """Submit to all bridges in turn."""
    turns = itertools.cycle([replace(running.client, url=one.facts["url"]) for one in running.programs])

    async def submit(words: str) -> int:
        order = {"prompt": words, "style": "Realistic"}
        return (await next(turns).ask("POST", "/v1/pixverse/create", order))[0]

    statuses = await side_by_side(prompts(count), MOST_AT_ONCE // 2, submit)
    if any(status in (429, 503) or status >= 500 for status in statuses):
        raise RuntimeError(f"submits were refused: {dict(statuses)}")


async def _edited(running: Bridges, count: int) -> Cost:
    """Edit the messages of running jobs, faster than they can be taken, and wait for the last change."""
    everybody: Any = _Everybody(running.client, channels(running.client.world)[:ACCOUNTS])
    first = running.books.last_number()
    starts = await begin_jobs(everybody, JOBS_EACH)

    async def act(_running: Bridges, edits: int) -> None:
        numbers = range(edits)
        await edit(running.client, starts, numbers, EDITS_PER_S)
        wanted = set(texts(starts, numbers[-len(starts) :]))
        await _until(lambda: wanted <= {_content(job) for job in running.books.jobs(first)})

    return await _cost(running, count, act)


@dataclass(frozen=True)
class _Everybody:
    client: Client
    channels: Sequence[str]


def _content(job: KeptJob) -> str:
    return str((job.body.get("said") or {}).get("content", ""))


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(GIVE_UP_S):
        while True:
            if is_so():
                return
            await asyncio.sleep(LOOK_S)


async def _gaps(running: Bridges, program: Program, how: str) -> str:
    """End a bridge, and return how long its accounts were without a session, p50 and longest."""
    ended = Ended(LOOPBACK, how, time.monotonic_ns())
    os.kill(program.pid, signal.SIGKILL if how == "death" else signal.SIGTERM)
    await _until(lambda: not Path(f"/proc/{program.pid}").exists())
    async with asyncio.timeout(LONGEST_GAP_S):
        gone = await _ended_since(running.client, ended.at_ns)
        gaps: list[float] = []
        while len(gaps) < gone:
            await asyncio.sleep(LOOK_S)
            rows = await running.client.order("GET", "presences")
            gaps = gaps_s(stays_of(rows, time.monotonic_ns()), [ended], how)
    return f"{p(50, gaps):.1f} s, {max(gaps):.1f} s" if gaps else "none"


async def _ended_since(client: Client, at_ns: int) -> int:
    """Return how many gateway sessions have ended since then."""
    rows = await client.order("GET", "presences")
    return sum(row["how"] != "post" and (row["ended_ns"] or 0) > at_ns for row in rows)


def _make_durable(server: Cluster) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        for name, value in DURABLE.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        connection.execute("SELECT pg_reload_conf()")


def _ticks(pid: int, fields: int) -> int:
    """Return the CPU of a process: its own with two fields, with four that of its ended children too."""
    with suppress(FileNotFoundError):
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11 : 11 + fields]
        return sum(map(int, times))
    return 0
