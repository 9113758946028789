"""The leases of this machine: it shows that it lives, watches the others, takes its share and no more.

A machine that cannot store its heartbeat ends its leases by itself before another may take them
(docs/decisions/0030).
"""

import asyncio
import math
import os
import secrets
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from bridge.errors import DataError
from bridge.leases.sharing import Group, moves
from bridge.leases.term import (
    HEARTBEAT_S,
    QUIET_MS,
    WATCH_S,
    Heartbeats,
    Machine,
    ahead_ms,
    end_ms,
    that_may_hold,
)
from bridge.ports import Clock, Notifier
from bridge.running.reach import Reach
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.fenced import Fenced
from bridge.store.rows import leases as rows
from bridge.store.rows import schema_version
from bridge.store.rows.leases import Lease

log = structlog.get_logger(__name__)


def machine_name() -> str:
    """Return the name of this process, for people."""
    return f"{socket.gethostname()}:{os.getpid()}"


class HeldLease:
    """A lease while this machine holds it: it is over once, when it has ended, was lost, or was given up."""

    def __init__(
        self, lease: Lease, database: Database, left_s: Callable[[], float], own: Database | None = None
    ) -> None:
        self.lease = lease
        self.database: Database = Fenced(database, lease, self.end)
        self.handing_over: Database = Fenced(own or database, lease, self.end)
        """For what the next holder waits for: it waits for no other write."""
        self.unfenced = database
        self._left_s = left_s
        self._over = asyncio.Event()

    @property
    def has_ended(self) -> bool:
        """Return whether it is over for good."""
        return self._over.is_set()

    def left_s(self) -> float:
        """Return for how many seconds it is certain that nobody else can take it."""
        return 0 if self.has_ended else self._left_s()

    def end(self) -> None:
        """Let it be over for good."""
        self._over.set()

    async def over(self) -> None:
        """Return when it is over."""
        await self._over.wait()


@dataclass(frozen=True, slots=True)
class State:
    """What the database shows: the machines, who needs a lease, and which leases this machine has."""

    machines: Sequence[Machine]
    groups: Sequence[Group]
    mine: Sequence[Lease]


class Leases:
    """The leases of a machine. `is_shared`: other processes use the database too.

    If they cannot, as on SQLite, the machine takes every lease at once, and none ends. `own`: the same
    database over connections of the leases, so that no heartbeat and no account that moves waits for other
    writes.
    """

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        clock: Clock,
        name: str,
        *,
        is_shared: bool,
        schema: int = 0,
        own: Database | None = None,
    ) -> None:
        self.machine = Machine(
            secrets.token_hex(8), name, clock.now_ms(), reaches_discord=not is_shared, schema=schema
        )
        self.is_expecting = False
        """Whether another machine is about to give something up that this one should have."""
        self.quiet: frozenset[str] = frozenset()
        """The machines, by their ids, that have shown no sign of life for a while, and may be dead."""
        self.own = own or database
        self._database = database
        self._notifier = notifier
        self._clock = clock
        self.is_shared = is_shared
        self._heartbeats = Heartbeats()
        self._has_row = False
        self._asked_ms: int | None = None
        self._is_due = False
        self._held: dict[str, HeldLease] = {}
        self._giving_up: set[Lease] = set()
        self._given_up: set[Lease] = set()
        self._wanted_elsewhere: frozenset[str] = frozenset()
        self._unneeded: frozenset[str] = frozenset()
        self._may_hold: Sequence[str] = ()
        self._ahead: frozenset[str] = frozenset()

    def of(self, person: str) -> HeldLease | None:
        """Return a person's lease if its accounts may run here."""
        held = self._held.get(person)
        may_run = held is not None and held.left_s() > 0 and person not in self._wanted_elsewhere
        return held if may_run else None

    def is_wanted_elsewhere(self, person: str) -> bool:
        """Return whether another machine takes a person's accounts over."""
        return person in self._wanted_elsewhere

    def to_give_up(self) -> Collection[str]:
        """Return the persons whose leases are to be given up as soon as none of their accounts runs."""
        ended = {person for person, held in self._held.items() if held.has_ended}
        return self._wanted_elsewhere | self._unneeded | ended

    def left_s(self) -> float:
        """Return for how many seconds nobody else can take a lease of this machine."""
        if not self.is_shared:
            return math.inf
        if self._asked_ms is None:
            return 0
        return max(0, end_ms(self._asked_ms) - self._clock.boottime_ms()) / 1000

    async def join(self) -> None:
        """Add this machine if it has not been added, as soon as the database is available.

        Raises `DataError` if a newer version has changed the schema since the start, so that this machine's
        code does not work with it any more.
        """
        while not self._has_row and not await self._has_joined():
            await self._clock.sleep(WATCH_S)

    async def keep(self, reach: Reach) -> None:
        """Store heartbeats and watch those of the others until cancelled; nothing without others."""
        if not self.is_shared:
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._show_life(reach), name="heartbeat")
            tasks.create_task(self._end_in_time(), name="lease-end")
            tasks.create_task(reach.run(self._note_reach), name="discord-reach")

    async def share(self, kept: Collection[str] = ()) -> None:
        """Take the leases that this machine should have, and note those that it should give up.

        `kept` are persons whose accounts requests wait for: their leases are taken if they are free.
        """
        machine, now_ms = self.machine.id, self._clock.now_ms()
        self._given_up.clear()
        state = await self.own.read(lambda tx: _look(tx, machine))
        mine = moves(machine, that_may_hold(state.machines), state.groups)
        needed = {group.person for group in state.groups} | set(kept)
        held = {lease.person for lease in state.mine}
        wanted = [*mine.take, *(person for person in kept if person not in held)]
        if wanted and self.left_s() > 0:
            taken = await self.own.write(lambda tx: rows.take(tx, machine, wanted, now_ms))
            state = replace(state, mine=[*state.mine, *taken.values()])
        if machine != self.machine.id:
            return  # It was removed meanwhile, and all that was read is of its former id.
        self.is_expecting = mine.is_expecting
        self._wanted_elsewhere = frozenset(mine.give)
        self._unneeded = frozenset(held - needed)
        self._hold(state.mine)

    async def give_up(self, persons: Collection[str]) -> None:
        """Free leases: none of the persons' accounts runs here any more."""
        held = [self._held[person] for person in persons if person in self._held]
        held = [one for one in held if one.lease not in self._giving_up]
        if not held:
            return
        for one in held:
            one.end()
        given_up, now_ms = [one.lease for one in held], self._clock.now_ms()

        def free(tx: Tx) -> None:
            for lease in given_up:
                rows.give_up(tx, lease, now_ms)

        self._giving_up.update(given_up)
        try:
            await self.own.write(free)
        finally:
            self._giving_up.difference_update(given_up)
        self._given_up.update(given_up)
        for one in held:
            self._held.pop(one.lease.person, None)
        self._notifier.notify("leases")

    async def drain(self) -> None:
        """Take no lease any more, and give up those that this machine has."""
        machine = self.machine.id
        self._wanted_elsewhere = frozenset(self._held)
        await self.own.write(lambda tx: rows.drain(tx, machine))
        self._notifier.notify("leases")

    async def leave(self) -> None:
        """Remove this machine, and free what it still holds."""
        machine, now_ms = self.machine.id, self._clock.now_ms()
        self._end_all()
        self._has_row = False
        await self.own.write(lambda tx: rows.leave(tx, machine, now_ms))
        self._notifier.notify("leases")

    async def _has_joined(self) -> bool:
        """Add this machine; return False if the database is away."""
        asked_ms = self._clock.boottime_ms()
        machine, is_alone, now_ms = self.machine, not self.is_shared, self._clock.now_ms()

        def join(tx: Tx) -> None:
            _check_schema(tx, machine.schema)
            if is_alone:
                rows.remove_all(tx)
            rows.leave(tx, machine.id, now_ms)
            rows.join(tx, machine)

        try:
            await self.own.write(join)
        except StoreUnavailable as error:
            log.warning("machine_has_not_joined", reason=str(error))
            return False
        self._has_row, self._asked_ms, self._is_due = True, asked_ms, True
        log.info("machine_joined", machine=machine.name, id=machine.id)
        self._notifier.notify("leases")
        return True

    def _note_reach(self) -> None:
        """Let the others know at once."""
        self._is_due = True

    async def _show_life(self, reach: Reach) -> None:
        """Store a heartbeat every few seconds, and sooner if the last one was not stored."""
        is_failing = False
        while True:
            await self._clock.sleep(WATCH_S)
            try:
                await self._beat_if_due(reach)
                await self._watch()
                is_failing = False
            except StoreUnavailable as error:
                if not is_failing:
                    log.warning("heartbeat_was_not_stored", reason=str(error))
                is_failing = True

    async def _beat_if_due(self, reach: Reach) -> None:
        """Store a heartbeat if the last one is old; its time is the one before it was asked for."""
        asked_ms = self._clock.boottime_ms()
        is_old = self._asked_ms is None or asked_ms - self._asked_ms >= HEARTBEAT_S * 1000
        if not is_old and not self._is_due:
            return
        if not self._has_row:
            await self._has_joined()
            return
        machine, now_ms, was_over = self.machine.id, self._clock.now_ms(), self.left_s() <= 0
        is_there, self._is_due = reach.is_there, False
        if await self.own.write(lambda tx: rows.beat(tx, machine, now_ms, reaches_discord=is_there)):
            self._asked_ms = asked_ms
            if was_over:
                self._notifier.notify("own-leases")
            return
        log.warning("machine_was_removed", machine=self.machine.name, reason="it was silent for too long")
        self._has_row, self._asked_ms = False, None
        self._end_all()
        self.machine = replace(self.machine, id=secrets.token_hex(8))

    async def _watch(self) -> None:
        """Remove machines that are silent, and have the accounts looked at if any machine changed."""
        asked_ms = self._clock.boottime_ms()
        found = await self.own.read(rows.machines)
        others = [one for one in found if one.id != self.machine.id]
        self._heartbeats.see(others, self._clock.boottime_ms())
        self._compare_clocks(others)
        self._note_quiet(asked_ms)
        names = {one.id: one.name for one in found}
        for machine, heartbeat in self._heartbeats.silent(asked_ms).items():
            await self._remove_silent(machine, heartbeat, names[machine])
        may_hold = that_may_hold(found)
        if may_hold != self._may_hold or any(one.is_draining for one in found):
            self._may_hold = may_hold
            self._notifier.notify("own-leases")

    def _note_quiet(self, asked_ms: int) -> None:
        quiet = frozenset(self._heartbeats.silent(asked_ms, QUIET_MS))
        if quiet != self.quiet:
            self.quiet = quiet
            self._notifier.notify("known-accounts")

    def _compare_clocks(self, others: Sequence[Machine]) -> None:
        """Warn once of each machine whose clock is ahead of this one's by too much."""
        ahead = ahead_ms(others, self._clock.now_ms())
        for name in ahead.keys() - self._ahead:
            log.warning("clocks_differ", machine=name, is_ahead_by_s=round(ahead[name] / 1000))
        self._ahead = frozenset(ahead)

    async def _remove_silent(self, machine: str, heartbeat: int, name: str) -> None:
        now_ms = self._clock.now_ms()
        if await self.own.write(lambda tx: rows.remove_silent(tx, machine, heartbeat, now_ms)):
            log.warning("machine_was_silent", machine=name, id=machine)
            self._notifier.notify("leases")

    async def _end_in_time(self) -> None:
        """End all leases when their time is over."""
        while True:
            left_s = self.left_s()
            if left_s <= 0 and self._held:
                log.warning("leases_have_ended", machine=self.machine.name, leases=len(self._held))
                self._end_all()
            await self._clock.sleep(min(left_s, WATCH_S) if left_s > 0 else WATCH_S)

    def _end_all(self) -> None:
        held, self._held = self._held, {}
        for lease in held.values():
            lease.end()
        self._notifier.notify("own-leases")

    def _hold(self, mine: Sequence[Lease]) -> None:
        """Hold what the database says; a lease that has proved to be over is not held again.

        Nor is one that was given up after the database was read.
        """
        there = [lease for lease in mine if lease not in self._given_up]
        found: Mapping[str, Lease] = {lease.person: lease for lease in there} if self.left_s() > 0 else {}
        for person, held in list(self._held.items()):
            if found.get(person) != held.lease:
                held.end()
                del self._held[person]
        for person, lease in found.items():
            if person not in self._held:
                self._held[person] = HeldLease(lease, self._database, self.left_s, self.own)


def _check_schema(tx: Tx, known: int) -> None:
    """Raise `DataError` if code that knows this schema is too old for that of the database."""
    found = schema_version.locked(tx)
    if found is not None and known < found.oldest:
        raise DataError(
            f"A newer version of the bridge has changed the database (schema {found.number}, for code of "
            f"schema {found.oldest} and newer; this is {known}): run that version, or a newer one."
        )


def _look(tx: Tx, machine: str) -> State:
    """Return what the database shows a machine."""
    return State(rows.machines(tx), rows.groups(tx), rows.of_machine(tx, machine))
