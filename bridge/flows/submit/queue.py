"""Sees to it that no slot stays free while a job waits in the queue, and that no job waits there for ever."""

import random
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

import structlog

from bridge.accounts.condition import Condition
from bridge.flows.step import Moved, Now, SlotFreed, notify_of, take_step
from bridge.flows.submit.assigning import Candidates, assign, planned
from bridge.jobs.job import Cause, Failure, State
from bridge.jobs.signals import Failed
from bridge.ports import Clock, Notifier
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import jobs, queue
from bridge.store.rows.slots import slots_of

log = structlog.get_logger(__name__)

LOOK_S: Final = 1.0
"""How often it is looked at a queue in which jobs wait: another process may have freed a slot and died."""
LOOK_AT_EMPTY_S: Final = 15.0
"""How often it is looked at an empty queue: a notification of another process may have been lost."""
AT_ONCE: Final = 50
"""How many jobs one transaction ends."""


class Connected(Protocol):
    """The accounts that run in any process."""

    def condition(self, account: int) -> Condition | None:
        """Return an account's condition, None if it is not running."""
        ...

    def most_file_bytes(self, account: int) -> int | None:
        """Return how large a file Discord takes from an account, None while that is not known."""
        ...

    def listed(self, tenant: str) -> Sequence[int]:
        """Return a tenant's running configured accounts."""
        ...


@dataclass(frozen=True, slots=True)
class Contents:
    """Whose jobs wait, with the accounts outside the list that they wait for; since when the oldest waits."""

    tenants: Mapping[str, Sequence[int]]
    oldest_ms: int | None


class Queue:
    """Gives free slots to waiting jobs when a slot, an account or a job comes; `limit_s` 0 ends no job.

    Each process does so for all accounts: whoever frees a slot gives it, and a transaction that another
    process was faster than runs again.
    """

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        clock: Clock,
        accounts: Connected,
        limit_s: float,
        *,
        is_least_loaded: bool = False,
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._clock = clock
        self._accounts = accounts
        self._limit_ms = round(limit_s * 1000)
        self._is_least_loaded = is_least_loaded
        self._chance = random.SystemRandom()
        self._is_empty = False
        self._look_again_ms = clock.monotonic_ms()

    async def run(self) -> None:
        """Give slots until cancelled."""
        freed: Set[int] | None = None
        with self._notifier.subscribe("queue", "slots", "conditions", "accounts") as subscription:
            while True:
                pause_s = await self.look(freed)
                await subscription.wait(pause_s)
                freed = _freed(subscription.payloads())

    async def look(self, freed: Set[int] | None = None) -> float:
        """Give slots of all accounts, or of those that have `freed` one; return how long to pause.

        While no job waits, a freed slot is nothing to look at. While one does, a transaction gives the slot;
        everything else is looked at when its time has come.
        """
        left_s = (self._look_again_ms - self._clock.monotonic_ms()) / 1000
        try:
            if freed is None or left_s <= 0:
                left_s = await self._look()
                self._look_again_ms = self._clock.monotonic_ms() + round(left_s * 1000)
            elif not self._is_empty:
                await self._give_freed(freed)
        except StoreUnavailable as error:
            log.warning("queue_waits", reason=str(error))
            return LOOK_S
        return left_s

    async def _look(self) -> float:
        waiting = await self._database.read(_contents)
        self._is_empty = not waiting.tenants
        if self._is_empty:
            return LOOK_AT_EMPTY_S
        opens_ms: list[int] = []
        for tenant, wanted in waiting.tenants.items():
            opens_ms += await self._give(tenant, self._candidates([*self._accounts.listed(tenant), *wanted]))
        now_ms = self._clock.now_ms()
        if self._limit_ms and waiting.oldest_ms is not None:
            await self._end_overdue(waiting.oldest_ms, now_ms)
            opens_ms.append(waiting.oldest_ms + self._limit_ms)
        soonest_ms = min((each - now_ms for each in opens_ms if each > now_ms), default=LOOK_S * 1000)
        return min(LOOK_S, soonest_ms / 1000)

    async def _give_freed(self, freed: Set[int]) -> None:
        candidates, now_ms = self._candidates(sorted(freed)), self._clock.now_ms()
        if candidates.accounts:
            moved = await self._database.write(lambda tx: _assign_to_any(tx, candidates, now_ms))
            notify_of(self._notifier, moved)

    def _candidates(self, accounts: Sequence[int]) -> Candidates:
        """Return those of the accounts that are connected, in random order."""
        connected = [each for each in dict.fromkeys(accounts) if self._is_connected(each)]
        self._chance.shuffle(connected)
        known = ((each, self._accounts.most_file_bytes(each)) for each in connected)
        limits = {each: most for each, most in known if most is not None}
        seed = self._chance.getrandbits(32)
        return Candidates(connected, limits, is_least_loaded=self._is_least_loaded, seed=seed)

    def _is_connected(self, account: int) -> bool:
        condition = self._accounts.condition(account)
        return condition is not None and condition.is_connected

    async def _give(self, tenant: str, candidates: Candidates) -> Sequence[int]:
        """Give what is free, and return when other accounts are; write only if a job gets a slot."""
        if not candidates.accounts:
            return ()
        now_ms = self._clock.now_ms()

        def look(tx: Tx) -> tuple[bool, Sequence[int]]:
            slots = slots_of(tx, candidates.accounts, now_ms)
            opens_ms = [max(each.hold_until_ms, each.guard.opens_ms) for each in slots]
            return bool(planned(tx, tenant, candidates, now_ms)), opens_ms

        is_any, opens_ms = await self._database.read(look)
        if is_any:
            moved = await self._database.write(lambda tx: assign(tx, tenant, candidates, now_ms))
            notify_of(self._notifier, moved)
        return opens_ms

    async def _end_overdue(self, oldest_ms: int, now_ms: int) -> None:
        """End the jobs that have waited for too long; those that cannot be read are passed over."""
        passed_over, is_any_left = 0, oldest_ms + self._limit_ms <= now_ms
        while is_any_left:
            found, moved = await self._database.write(partial(self._end_some, passed_over, now_ms))
            notify_of(self._notifier, moved)
            passed_over += found - len(moved)
            is_any_left = found == AT_ONCE

    def _end_some(self, passed_over: int, now_ms: int, tx: Tx) -> tuple[int, Sequence[Moved]]:
        """End some of the overdue jobs; return how many were looked at, and those that have ended."""
        found = queue.overdue(tx, now_ms - self._limit_ms, passed_over, AT_ONCE)
        waiting = [job for job in jobs.readable(tx, found) if job.state is State.QUEUED]
        steps = [take_step(tx, job, waited_too_long(self._limit_ms // 1000), Now(now_ms)) for job in waiting]
        return len(found), [step for step in steps if step is not None]


def waited_too_long(limit_s: int) -> Failed:
    """Return the signal that ends a job for which no account was free in time."""
    details = f"No account was free for it within {limit_s} seconds. It was not sent."
    return Failed(Failure(Cause.QUEUE_LIMIT, "The job waited in the queue for too long", details))


def _assign_to_any(tx: Tx, candidates: Candidates, now_ms: int) -> Sequence[Moved]:
    """Give free slots to the jobs of whatever tenant has the accounts."""
    return [each for tenant in queue.tenants(tx) for each in assign(tx, tenant, candidates, now_ms)]


def _contents(tx: Tx) -> Contents:
    tenants = {tenant: queue.wanted_accounts(tx, tenant) for tenant in queue.tenants(tx)}
    return Contents(tenants, queue.oldest_ms(tx) if tenants else None)


def _freed(payloads: Sequence[object]) -> Set[int] | None:
    """Return the accounts that have freed slots, None if more than that may have happened."""
    freed = {each.account for each in payloads if isinstance(each, SlotFreed)}
    return freed if freed and all(isinstance(each, SlotFreed) for each in payloads) else None
