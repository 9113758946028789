"""What the database does to the bridges that share it: it restarts, cuts them off, is full, fails over.

A standby that is synchronous takes over when the primary was killed; the URL of the bridges names both.
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg

from tests.acceptance.tmpfs import fill
from tests.chaos.fleet import Member
from tests.chaos.machines import Plan, Scene, a_scene
from tests.chaos.orders import Order, token
from tests.tools.postgres import Cluster, cluster, standby_of

FAST, IMMEDIATE, KILLED = signal.SIGINT, signal.SIGQUIT, signal.SIGKILL
AWAY_S: Final = 3.0
FULL_S: Final = 6.0
BACK_S: Final = 8.0
"""How long a bridge may take to answer a submit when the database is back: five seconds until it writes
again, and three that an answer waits for the bot (`jobs.patience_s`)."""
PROMOTED_S: Final = 10.0
"""How long after a promotion."""
GIVE_UP_S: Final = 60.0
Trouble = Callable[["Trials"], Awaitable[float]]
"""Something that happens to the database; it returns how long a bridge may take to answer afterwards."""


@dataclass
class Trials:
    """A scene, and the clusters that its database is on."""

    scene: Scene
    primary: Cluster
    standby: Cluster | None = None
    back_s: dict[str, float] = field(default_factory=dict)

    async def suffer(self, trouble: Trouble) -> None:
        """Let something happen, and measure how long each bridge takes to answer again."""
        limit_s = await trouble(self)
        waits = await asyncio.gather(*(self._until_answered(one) for one in self.scene.fleet.members))
        name, longest = trouble.__name__, max(waits)
        self.back_s[name] = longest
        if longest > limit_s:
            self.scene.verdict.breaks("lost", f"after {name} a bridge answered after {longest:.1f} s only")
        for member in self.scene.fleet.members:
            if not member.is_running:
                self.scene.verdict.breaks("lost", f"{name} ended bridge {member.number}")

    async def _until_answered(self, member: Member) -> float:
        """Order until that is taken; return when the answer came."""
        began = time.monotonic()
        order = Order("create", {"prompt": f"a cat {token()}", "style": "Realistic"})
        while member.is_running and time.monotonic() < began + GIVE_UP_S:
            asked = await self.scene.client.ask(member.lives.api, order, order.fields["prompt"])
            if asked.job_id is not None:
                break
            await asyncio.sleep(0.1)
        return time.monotonic() - began

    def line(self) -> str:
        """Return the figures."""
        back = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.back_s.items())
        return f"{self.scene.line()}; submits answered again after {back}"


async def restart_fast(trials: Trials) -> float:
    """Shut the server down and start it again."""
    return await _restarted(trials, FAST)


async def restart_immediate(trials: Trials) -> float:
    """Let the server crash and recover."""
    return await _restarted(trials, IMMEDIATE)


async def lose_connections(trials: Trials) -> float:
    """End every connection of the bridges, a few times."""
    for _ in range(3):
        with psycopg.connect(trials.primary.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        await asyncio.sleep(0.5)
    return BACK_S


async def fill_disk(trials: Trials) -> float:
    """Leave no room on the server's disk for a while; a server that ends because of it is started again."""
    disk = trials.primary.folder.parent
    fill(disk)
    await asyncio.sleep(FULL_S)
    (disk / "ballast").unlink()
    if trials.primary.process is not None and trials.primary.process.poll() is not None:
        await asyncio.to_thread(trials.primary.start)
    return BACK_S


async def fail_over(trials: Trials) -> float:
    """Kill the primary, and promote its standby."""
    assert trials.standby is not None
    await asyncio.to_thread(trials.primary.stop, KILLED)
    await asyncio.sleep(1)
    await asyncio.to_thread(trials.standby.promote)
    return PROMOTED_S


async def _restarted(trials: Trials, how: signal.Signals) -> float:
    await asyncio.to_thread(trials.primary.stop, how)
    await asyncio.sleep(AWAY_S)
    await asyncio.to_thread(trials.primary.start)
    return BACK_S


TROUBLES: Final[Sequence[Trouble]] = (restart_fast, restart_immediate, lose_connections, fail_over)


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
