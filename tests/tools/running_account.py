"""An account that runs as it does in the bridge, on a session and a clock that are in the test's hand."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bridge.accounts.condition import Standing
from bridge.chat import Heard, Listening
from bridge.flows.timing import Timing
from bridge.pixverse.profile import DEFAULT
from bridge.running.account import RunningAccount, Shared
from bridge.running.leases import HeldLease
from bridge.store.database import Database
from bridge.store.files.uploads import uploads_in
from bridge.store.rows.leases import Lease
from tests.flows.conftest import USER, FakeSession, Rig, condition

MOST_TRANSACTIONS: Final = 12
"""More than an account asks for, one after another, before it sleeps again."""


class LiveSession(FakeSession):
    """Hears and becomes what the test lets it; its history is what was `said`."""

    def __init__(self) -> None:
        super().__init__()
        self._heard: asyncio.Queue[Heard] = asyncio.Queue()
        self._changes: asyncio.Queue[Standing] = asyncio.Queue()

    def listens(self, *, is_resumed: bool = False) -> None:
        """Let the account begin to listen; what was said before is a gap, unless Discord resumed."""
        self.hears(Listening(is_resumed=is_resumed, user_id=USER))

    def hears(self, *heard: Heard) -> None:
        for one in heard:
            self._heard.put_nowait(one)

    def becomes(self, standing: Standing, reason: str | None = None) -> None:
        self.condition = condition(standing, reason)
        self._changes.put_nowait(standing)

    async def heard(self) -> AsyncIterator[Heard]:
        while True:
            yield await self._heard.get()

    async def changed(self) -> None:
        await self._changes.get()


def account_of(rig: Rig, folder: Path, *, silence_s: float = 1800) -> RunningAccount:
    """Return the account of the rig, ready to run on the rig's session."""
    shared = shared_by(rig, folder, silence_s=silence_s)
    return RunningAccount(rig.account, rig.session, a_lease(rig.database), shared)


def a_lease(database: Database) -> HeldLease:
    """Return a lease that nobody else asks for."""
    lease = HeldLease(Lease("somebody", "here", 1), database, lambda: math.inf)
    lease.database = database
    return lease


def shared_by(rig: Rig, folder: Path, *, silence_s: float = 1800) -> Shared:
    """Return what the accounts of a rig share."""
    return Shared(
        notifier=rig.notifier,
        clock=rig.clock,
        profile=DEFAULT,
        uploads=uploads_in(folder),
        timing=Timing(pace_s=0, silence_s=silence_s),
    )


@asynccontextmanager
async def running(rig: Rig, folder: Path, *, silence_s: float = 1800) -> AsyncIterator[None]:
    """Let the account of the rig run."""
    work = asyncio.create_task(account_of(rig, folder, silence_s=silence_s).run())
    try:
        yield
    finally:
        work.cancel()
        await asyncio.wait({work})


async def seconds_pass(rig: Rig, seconds: float, *, at_a_time_s: float = 1) -> None:
    """Let time pass a step at a time; whoever wakes up comes to the end of what it does then."""
    for _ in range(round(seconds / at_a_time_s)):
        rig.clock.pass_s(at_a_time_s)
        for _ in range(MOST_TRANSACTIONS):
            await rig.database.read(lambda _: None)
            await rig.database.write(lambda _: None)


async def until(rig: Rig, is_so: Callable[[], bool], *, within_s: int = 120) -> None:
    """Let time pass until something is so."""
    for _ in range(within_s):
        if is_so():
            return
        await seconds_pass(rig, 1)
    raise AssertionError(f"it was not so within {within_s} seconds")


async def ended(rig: Rig, number: int = 1, *, within_s: int = 120) -> None:
    """Let time pass until a job has ended."""
    for _ in range(within_s):
        if not (await rig.job(number)).is_open:
            return
        await seconds_pass(rig, 1)
    raise AssertionError(f"job {number} did not end within {within_s} seconds")
