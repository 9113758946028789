"""The only writer of a process: commits waiting transactions in groups, again after a collision."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import psycopg

from bridge.grace import WRITES_S
from bridge.ports import Clock
from bridge.store.database import Conflict, StoreUnavailable, Tx
from bridge.store.postgres.committing import (
    Body,
    Mark,
    NothingWritten,
    Outcome,
    Unknown,
    committed,
    was_committed,
)
from bridge.store.postgres.lane import Away, Lane

Value = TypeVar("Value")

WRITES_WAITING: Final = 2_000
GROUP_SIZE: Final = 64
TRIES: Final = 5
"""How often a body is run if another transaction changes what it has read."""
WRITE_S: Final = 4.0
"""How long a write may take, including its wait and the time in which the database is away."""
LEAST_S: Final = 1.0
"""How much of its time a body must have left to be run: at its end, the transaction of its group is cut."""
PAUSE_S: Final = 0.1
"""The pause before the next try to reach a database that is away."""
STOPPING: Final = "the bridge is stopping"
AWAY: Final = "the database is away, or too busy"


@dataclass(frozen=True, slots=True)
class Work:
    """A body, who waits for its result, and until when."""

    body: Body
    future: "asyncio.Future[Any]"
    until_ms: int


class Writer:
    """Commits bodies in groups while `run` is running, and refuses them afterwards.

    `name` is the writer's own in the database: no two processes ever have the same.
    """

    def __init__(self, lane: Lane, clock: Clock, name: str) -> None:
        self._lane = lane
        self.queue: asyncio.Queue[Work] = asyncio.Queue(WRITES_WAITING)
        self.is_closed = False
        self._clock = clock
        self._name = name
        self._number = 0

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        """Queue `body` and return its result after the commit, or raise in time for an answer."""
        if self.is_closed:
            raise StoreUnavailable(STOPPING)
        outcome: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        until_ms = self._clock.monotonic_ms() + round(WRITE_S * 1000)
        try:
            self.queue.put_nowait(Work(body, outcome, until_ms))
        except asyncio.QueueFull as error:
            raise StoreUnavailable("too many writes are waiting") from error
        try:
            async with asyncio.timeout(WRITE_S):
                return await outcome
        except TimeoutError as error:
            raise StoreUnavailable(AWAY) from error

    async def run(self) -> None:
        """Write until cancelled: waiting bodies, up to a limit, in a transaction; then refuse the rest."""
        try:
            while True:
                group = [await self.queue.get()]
                while len(group) < GROUP_SIZE and not self.queue.empty():
                    group.append(self.queue.get_nowait())
                await self._settle(group)
        finally:
            self.is_closed = True
            self._refuse_waiting()

    async def finish(self) -> None:
        """Write what is waiting, if the writer is running; refuse later bodies."""
        try:
            async with asyncio.timeout(0 if self.is_closed else WRITES_S):
                await self.queue.join()
        except TimeoutError:
            self._refuse_waiting()
        self.is_closed = True

    async def _settle(self, group: Sequence[Work]) -> None:
        """Write a group; every caller gets a result or an error, and the next group can follow."""
        waiting: Sequence[Work] = group
        try:
            for number in range(TRIES):
                waiting = await self._written(waiting, is_last=number == TRIES - 1)
        finally:
            for work in group:
                _tell(work, Outcome(error=StoreUnavailable(AWAY)))
                self.queue.task_done()

    async def _written(self, group: Sequence[Work], *, is_last: bool) -> Sequence[Work]:
        """Run a group until it was committed or its time is over; return those that somebody was before."""
        is_again = False
        while group := self._in_time(group):
            try:
                outcomes = await self._commit(group, waits_first=is_again)
            except NothingWritten:
                is_again = True
                continue
            except Away:
                await self._clock.sleep(PAUSE_S)
                continue
            again = [isinstance(outcome.error, Conflict) and not is_last for outcome in outcomes]
            for work, outcome, must_wait in zip(group, outcomes, again, strict=True):
                if not must_wait:
                    _tell(work, outcome)
            return [work for work, must_wait in zip(group, again, strict=True) if must_wait]
        return []

    async def _commit(self, group: Sequence[Work], *, waits_first: bool) -> Sequence[Outcome]:
        """Run a group in one transaction; raises `NothingWritten` and `Away`.

        It ends with the time of the oldest body, whose caller is told so then; the others can be run again.
        """
        self._number += 1
        mark = Mark(self._name, self._number)
        until_ms = min(work.until_ms for work in group)
        bodies = [work.body for work in group]
        try:
            work = partial(committed, bodies=bodies, mark=mark, waits_first=waits_first)
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

    def _refuse_waiting(self) -> None:
        while not self.queue.empty():
            _tell(self.queue.get_nowait(), Outcome(error=StoreUnavailable(STOPPING)))
            self.queue.task_done()


def _tell(work: Work, outcome: Outcome) -> None:
    if work.future.done():
        return
    if outcome.error is not None:
        work.future.set_exception(outcome.error)
    else:
        work.future.set_result(outcome.value)
