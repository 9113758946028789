"""What the database does to the bridges that share it: it restarts, cuts them off, is full, fails over.

A standby that is synchronous takes over when the primary was killed; the URL of the bridges names both.
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp
import psycopg

from tests.acceptance.tmpfs import fill, tmpfs
from tests.chaos.fleet import Member
from tests.chaos.machines import Plan, Scene, a_scene
from tests.tools.postgres import Cluster, cluster, standby_of

FAST, IMMEDIATE, KILLED = signal.SIGINT, signal.SIGQUIT, signal.SIGKILL
AWAY_S: Final = 3.0
LONG_AWAY_S: Final = 20.0
"""Longer than the leases of the accounts last."""
FULL_S: Final = 6.0
BACK_S: Final = 5.0
"""How long after the return of the database each bridge has to write again."""
PROMOTED_S: Final = 10.0
"""How long after a promotion."""
ANSWER_S: Final = 5.0
"""How long a write may wait for its answer, whatever that is."""
LISTENING_S: Final = 20.0
"""How long after the return all accounts have to be connected."""
GIVE_UP_S: Final = 90.0
PAUSE_S: Final = 0.1
DISK: Final = "160m"


@dataclass(frozen=True)
class Return:
    """When the database was back, by monotonic time, and how long after that a bridge has to write again."""

    at_s: float
    limit_s: float = BACK_S


Trouble = Callable[["Trials"], Awaitable[Return]]
"""Something that happens to the database until it is back."""


@dataclass
class Writing:
    """What one bridge answers to somebody who changes a setting again and again: a write that waits for
    nothing but the database."""

    member: Member
    succeeded_s: list[float] = field(default_factory=list)
    longest_s: float = 0.0
    """How long an answer took at most."""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def go_on(self, number: int) -> None:
        """Write until cancelled."""
        while self.member.is_running:
            began = time.monotonic()
            with suppress(aiohttp.ClientError, OSError):
                answer = await self.member.lives.api.call("POST", "/v2/account", json={"name": f"n{number}"})
                self.longest_s = max(self.longest_s, time.monotonic() - began)
                if answer.status == 200:
                    self.succeeded_s.append(time.monotonic())
                    self.news.set()
            number += 1
            await asyncio.sleep(PAUSE_S)

    async def is_back(self, since_s: float) -> float:
        """Return how long after a moment a write succeeded, or how long it was waited for in vain."""
        try:
            async with asyncio.timeout(GIVE_UP_S):
                while not (later := [one for one in self.succeeded_s if one >= since_s]):
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            return GIVE_UP_S
        return later[0] - since_s


@dataclass
class Trials:
    """A scene, and the clusters that its database is on."""

    scene: Scene
    primary: Cluster
    standby: Cluster | None = None
    told: list[str] = field(default_factory=list)

    async def suffer(self, trouble: Trouble) -> None:
        """Let something happen, and measure how long each bridge takes to write and to listen again."""
        writings = [Writing(member) for member in self.scene.fleet.members]
        tasks = [asyncio.create_task(one.go_on(0)) for one in writings]
        try:
            back = await trouble(self)
            waits = await asyncio.gather(*(one.is_back(back.at_s) for one in writings))
            listening_s = await self._until_listening() - back.at_s
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        answer_s = max(one.longest_s for one in writings)
        self._judge(f"{trouble.__name__}: the longest answer to a write", answer_s, ANSWER_S)
        self._judge(f"{trouble.__name__}: writes again after", max(waits), back.limit_s)
        self._judge(f"{trouble.__name__}: all accounts connected after", listening_s, LISTENING_S)
        for member in self.scene.fleet.members:
            if not member.is_running:
                self.scene.verdict.breaks("lost", f"{trouble.__name__} ended bridge {member.number}")

    def _judge(self, what: str, seconds: float, limit_s: float) -> None:
        self.told.append(f"{what} {seconds:.1f} s")
        if seconds > limit_s:
            self.scene.verdict.breaks("lost", f"{what} {seconds:.1f} s: more than {limit_s:.0f} s")

    async def _until_listening(self) -> float:
        """Return when every account is connected, or when it is in vain to wait for it."""
        until = time.monotonic() + GIVE_UP_S
        while time.monotonic() < until:
            answer = await self.scene.fleet.get("/v1/pixverse/health", ANSWER_S)
            accounts = answer.body["accounts"] if answer and answer.status == 200 else []
            if accounts and all(one["condition"] == "connected" for one in accounts):
                break
            await asyncio.sleep(PAUSE_S)
        return time.monotonic()

    def line(self) -> str:
        """Return the figures."""
        return "; ".join([self.scene.line(), *self.told])


async def restart_fast(trials: Trials) -> Return:
    """Shut the server down and start it again."""
    return await _restarted(trials, FAST, AWAY_S)


async def restart_immediate(trials: Trials) -> Return:
    """Let the server crash and recover."""
    return await _restarted(trials, IMMEDIATE, AWAY_S)


async def stay_away(trials: Trials) -> Return:
    """Leave the server away for longer than leases last."""
    return await _restarted(trials, FAST, LONG_AWAY_S)


async def lose_connections(trials: Trials) -> Return:
    """End every connection of the bridges, a few times."""
    for _ in range(3):
        with psycopg.connect(trials.primary.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        await asyncio.sleep(0.5)
    return Return(time.monotonic() - 0.5)


async def fill_disk(trials: Trials) -> Return:
    """Leave no room on the server's disk for a while; a server that ends because of it is started again."""
    disk = trials.primary.folder.parent
    fill(disk)
    await asyncio.sleep(FULL_S)
    (disk / "ballast").unlink()
    if trials.primary.process is not None and trials.primary.process.poll() is not None:
        await asyncio.to_thread(trials.primary.start)
    while not await asyncio.to_thread(trials.primary.answers):
        pass
    return Return(time.monotonic())


async def fail_over(trials: Trials) -> Return:
    """Kill the primary, and promote its standby."""
    assert trials.standby is not None
    await asyncio.to_thread(trials.primary.stop, KILLED)
    await asyncio.sleep(1)
    back = Return(time.monotonic(), PROMOTED_S)
    await asyncio.to_thread(trials.standby.promote)
    return back


async def _restarted(trials: Trials, how: signal.Signals, away_s: float) -> Return:
    await asyncio.to_thread(trials.primary.stop, how)
    await asyncio.sleep(away_s)
    await asyncio.to_thread(trials.primary.start)
    return Return(time.monotonic())


TROUBLES: Final[Sequence[Trouble]] = (restart_fast, restart_immediate, lose_connections, stay_away, fail_over)


@asynccontextmanager
async def trials_of(folder: Path, seed: int, plan: Plan, disk: Path | None = None) -> AsyncIterator[Trials]:
    """Run bridges on a primary with its standby, or on one cluster that lies on a disk of its own."""
    with cluster(disk) as primary:
        _promise(primary)
        if disk is not None:
            async with a_scene(folder, primary.url, seed, plan, primary.url) as scene:
                yield Trials(scene, primary)
            return
        with standby_of(primary) as standby:
            both = f"postgresql://bridge@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/postgres"
            url = f"{both}?target_session_attrs=read-write"
            async with a_scene(folder, primary.url, seed, plan, url) as scene:
                yield Trials(scene, primary, standby)


@contextmanager
def a_small_disk() -> Iterator[Path]:
    """Give a server a disk of its own; skips where none can be mounted."""
    with TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o755)  # the user of the server, who is not root, enters it
        with tmpfs(Path(place) / "disk", DISK) as disk:
            yield disk


async def suffered(trials: Trials, troubles: Sequence[Trouble]) -> list[str]:
    """Order jobs while all troubles come, one after another; return the broken promises."""

    async def all_of_them() -> None:
        for trouble in troubles:
            await asyncio.sleep(1)
            await trials.suffer(trouble)

    verdict = await trials.scene.play([], all_of_them)
    return verdict.broken


def _promise(server: Cluster) -> None:
    """Let the server keep what it has confirmed: the other tests' clusters need not."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_commit = 'on'")
        connection.execute("SELECT pg_reload_conf()")
