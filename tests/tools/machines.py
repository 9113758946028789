"""Several machines on one database, each with a clock of its own: what runs where, and whether ever twice."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from bridge.accounts.account import Account, Kind
from bridge.accounts.condition import Standing
from bridge.chat import Channel, GatewaySession
from bridge.notifier import LocalNotifier
from bridge.running.account import RunningAccount
from bridge.running.accounts import RunningAccounts
from bridge.running.leases import HeldLease, Leases
from bridge.sessions.port import Session, StoreToken
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import leases
from bridge.store.sqlite.migrations import newest
from tests.flows.conftest import SERVER, FakeSession, Rig, condition
from tests.tools.hand_clock import START_MS, HandClock
from tests.tools.running_account import shared_by

Value = TypeVar("Value")
TRANSACTIONS = 8
"""More than a machine asks for, one after another, before it sleeps again."""


@dataclass
class Door:
    """The way of a machine to the database, which can be closed, and long."""

    real: Database
    is_closed: bool = False
    opens: asyncio.Event | None = None
    """When the next read of the heartbeats goes through that the machine has asked for."""
    answers: asyncio.Event | None = None
    """When the other reads are answered."""
    is_busy: bool = False
    """Whether writes wait for ever."""

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        self.check()
        if self.opens is not None and body is leases.machines:
            await self.opens.wait()
        found = await self.real.read(body)
        if self.answers is not None and body is not leases.machines:
            await self.answers.wait()
        return found

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        self.check()
        return await self.real.query(body)

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        self.check()
        if self.is_busy:
            await asyncio.Event().wait()
        return await self.real.write(body)

    def check(self) -> None:
        if self.is_closed:
            raise StoreUnavailable("the database is away")


@dataclass
class OwnWay:
    """The way of the leases to the same database: it is closed with the door, and never busy."""

    door: Door

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        return await self.door.read(body)

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        return await self.door.query(body)

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        self.door.check()
        return await self.door.real.write(body)


@dataclass
class World:
    """Which machine is connected with which token; `twice` are those with which two were at one time."""

    connected: dict[str, list[str]] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    cut_off: set[str] = field(default_factory=set)
    """The machines that do not reach Discord."""
    slow: asyncio.Event | None = None
    """When the session ends that is closed next."""

    def open(self, machine: str, token: str) -> None:
        holders = self.connected.setdefault(token, [])
        holders.append(machine)
        if len(holders) > 1:
            self.twice.append(token)

    def of(self, machine: str) -> list[str]:
        return sorted(token for token, holders in self.connected.items() if machine in holders)


class WorldSession(FakeSession):
    """Is connected until it is closed."""

    def __init__(self, world: World, machine: str, token: str, resumed: GatewaySession | None) -> None:
        super().__init__(token=token)
        self.resumed = resumed
        self._world, self._machine, self._token = world, machine, token
        self._closed = asyncio.Event()
        world.open(machine, token)

    async def changed(self) -> None:
        await self._closed.wait()
        await asyncio.Event().wait()

    async def hand_over(self) -> GatewaySession | None:
        return GatewaySession("wss://gateway", self._token, 7)

    async def aclose(self) -> None:
        slow, self._world.slow = self._world.slow, None
        if slow is not None:
            await slow.wait()
        if not self._closed.is_set():
            self._world.connected[self._token].remove(self._machine)
        self._closed.set()


@dataclass
class MachineInTest:
    """A machine: its clock, its way to the database, its notifications, and the accounts that it runs."""

    name: str
    clock: HandClock
    door: Door
    world: World
    crew: RunningAccounts
    leases: Leases
    notifier: LocalNotifier
    sessions: list[WorldSession]
    work: "asyncio.Task[None] | None" = None

    def start(self) -> None:
        self.work = asyncio.create_task(self.crew.run())

    def is_cut_off(self) -> None:
        """Let it lose Discord."""
        self.world.cut_off.add(self.name)
        for session in self.sessions:
            session.condition = condition(Standing.RECONNECTING)

    @property
    def tokens(self) -> list[str]:
        """The tokens with which it is connected."""
        return self.world.of(self.name)

    async def stop(self) -> None:
        """Let it drain and end."""
        assert self.work is not None
        self.work.cancel()
        await asyncio.wait({self.work})


@dataclass
class Machines:
    """Machines on the database of a rig."""

    rig: Rig
    folder: Path
    world: World = field(default_factory=World)
    all: list[MachineInTest] = field(default_factory=list)

    def start(self, name: str) -> MachineInTest:
        """Start a machine whose clock shows another time than those of the others."""
        machine = self._made(name, HandClock(START_MS + 3_600_000 * len(self.all)))
        machine.clock.pass_s(1_000 * len(self.all))
        self.all.append(machine)
        machine.start()
        return machine

    def _made(self, name: str, clock: HandClock) -> MachineInTest:
        door, notifier, sessions = Door(self.rig.database), LocalNotifier(clock), list[WorldSession]()
        world, rig, folder = self.world, self.rig, self.folder

        class Opening:
            def open(
                self,
                token: str,
                channel: Channel,
                store_token: StoreToken,
                held_s: float = 0,
                resumed: GatewaySession | None = None,
            ) -> Session:
                sessions.append(WorldSession(world, name, token, resumed))
                if name in world.cut_off:
                    sessions[-1].condition = condition(Standing.CONNECTING)
                return sessions[-1]

            async def reaches_discord(self) -> bool:
                return name not in world.cut_off

        def make(account: Account, session: Session, lease: HeldLease) -> RunningAccount:
            shared = shared_by(Rig(rig.database, clock, notifier, rig.accounts, account, rig.session), folder)
            return RunningAccount(account, session, lease, replace(shared, has_others=True))

        held = Leases(door, notifier, clock, name, is_shared=True, schema=newest(), own=OwnWay(door))
        crew = RunningAccounts(door, rig.accounts, notifier, clock, Opening(), held, make, 20)
        return MachineInTest(name, clock, door, world, crew, held, notifier, sessions)

    async def settle(self) -> None:
        """Let everyone come to the end of what it does now."""
        for _ in range(TRANSACTIONS):
            await self.rig.database.write(lambda _: None)
            await self.rig.database.read(lambda _: None)

    async def pass_s(self, seconds: int, *, without: Sequence[MachineInTest] = ()) -> None:
        """Let time pass on all machines but those that stand still."""
        for _ in range(seconds):
            for machine in self.all:
                if machine not in without:
                    machine.clock.pass_s(1)
            await self.settle()


@asynccontextmanager
async def machines_of(rig: Rig, folder: Path, accounts: int) -> AsyncIterator[Machines]:
    """Have so many accounts, each of another person, and machines that end with the test."""
    for number in range(accounts - 1):
        await rig.database.write(lambda tx, one=number: an_account(rig, tx, one))  # type: ignore[misc]
    machines = Machines(rig, folder)
    try:
        yield machines
    finally:
        running = {one.work for one in machines.all if one.work is not None}
        for work in running:
            work.cancel()
        if running:
            await asyncio.wait(running)


def an_account(rig: Rig, tx: Tx, number: int) -> Account:
    """Keep another account of another person."""
    return rig.accounts.insert(
        tx,
        tenant="default",
        kind=Kind.CONFIGURED,
        server=SERVER,
        channel=f"3000000000000000{number:02}",
        max_jobs=3,
        token=f"person-{number:02}.of.another",
        now_ms=START_MS,
    )
