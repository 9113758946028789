"""Commits groups on PostgreSQL: in time for an answer, and again after a collision or a lost connection."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeVar

import psycopg

from bridge.metrics.store import StoreMetrics
from bridge.ports import Clock
from bridge.store.database import Conflict, StoreUnavailable, Tx
from bridge.store.group_writer import TRIES, GroupWriter, Outcome, Work
from bridge.store.patience import waiting
from bridge.store.postgres.committing import Mark, NothingWritten, Unknown, committed, was_committed
from bridge.store.postgres.lane import Away, Lane

Value = TypeVar("Value")

WRITE_S: Final = 4.0
"""How long a write may take, including its wait and the time in which the database is away."""
LEAST_S: Final = 1.0
"""How much of its time a body must have left to be run: at its end, the transaction of its group is cut."""
PAUSE_S: Final = 0.1
"""The pause before the next try to reach a database that is away."""
AWAY: Final = "the database is away, or too busy"


class Writer(GroupWriter):
    """Commits groups on a connection of its own; each body has a limit.

    `name` is the writer's own in the database: no two processes ever have the same.
    """

    def __init__(self, lane: Lane, clock: Clock, name: str, metrics: StoreMetrics | None = None) -> None:
        super().__init__(metrics)
        self._lane = lane
        self._clock = clock
        self._name = name
        self._number = 0

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        """Queue `body` and return its result after the commit, or raise in time for an answer."""
        with waiting(WRITE_S) as left_s:
            until_ms = self._clock.monotonic_ms() + round(left_s * 1000)
            try:
                async with asyncio.timeout(left_s):
                    return await self.put(body, until_ms)
            except TimeoutError as error:
                raise StoreUnavailable(AWAY) from error

    async def commit(self, group: Sequence[Work]) -> None:
        """Write a group, again after a collision, and tell each its outcome."""
        waiting: Sequence[Work] = group
        for number in range(TRIES):
            waiting = await self._written(waiting, is_last=number == TRIES - 1)
        for work in group:
            work.tell(Outcome(error=StoreUnavailable(AWAY)))

    async def _written(self, group: Sequence[Work], *, is_last: bool) -> Sequence[Work]:
        """Run a group until it was committed or its time is over; return those that somebody was before."""
        is_again, waiting = False, list[Work]()
        while group := self._in_time(group):
            try:
                outcomes = await self._commit_once(group, waits_first=is_again)
            except NothingWritten:
                is_again = True
                continue
            except Away:
                await self._clock.sleep(PAUSE_S)
                continue
            for work, outcome in zip(group, outcomes, strict=False):
                if isinstance(outcome.error, Conflict) and not is_last:
                    waiting.append(work)
                else:
                    work.tell(outcome)
            group = group[len(outcomes) :]
        return waiting

    async def _commit_once(self, group: Sequence[Work], *, waits_first: bool) -> Sequence[Outcome]:
        """Run a group, or its beginning, in one transaction; raises `NothingWritten` and `Away`.

        It ends with the time of the oldest body, whose caller is told so then; the others can be run again.
        """
        self._number += 1
        mark = Mark(self._name, self._number)
        until_ms = min(work.until_ms for work in group)
        bodies = [work.body for work in group]
        try:
            now_ms = self._clock.monotonic_ms
            work = partial(committed, bodies=bodies, mark=mark, waits_first=waits_first, now_ms=now_ms)
            return await self._lane.use(work, until_ms)
        except Unknown as error:
            if await self._was_committed(mark, max(each.until_ms for each in group)):
                return error.outcomes
            raise NothingWritten from error

    async def _was_committed(self, mark: Mark, until_ms: int) -> bool:
        """Ask until it is known whether a transaction was committed; raises `Away` if that takes too long."""
        while self._clock.monotonic_ms() < until_ms:
            try:
                return await self._lane.use(partial(was_committed, mark=mark), until_ms)
            except (Away, psycopg.Error):
                await self._clock.sleep(PAUSE_S)
        raise Away("whether a transaction was committed is not known yet")

    def _in_time(self, group: Sequence[Work]) -> Sequence[Work]:
        """Return the works whose callers still wait, and will for a while; the others are not written."""
        least_ms = self._clock.monotonic_ms() + LEAST_S * 1000
        return [work for work in group if work.until_ms > least_ms]
