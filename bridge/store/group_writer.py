"""The only writer of a process: bodies wait in a queue, and an engine commits them in groups (decision 8)."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from bridge.grace import WRITES_S
from bridge.metrics.store import StoreMetrics
from bridge.store.database import StoreUnavailable, Tx

Value = TypeVar("Value")
Body: TypeAlias = Callable[[Tx], Any]

WRITES_WAITING: Final = 2_000
GROUP_SIZE: Final = 64
TRIES: Final = 5
"""How often a body is run if another transaction changes what it has read."""
STOPPING: Final = "the bridge is stopping"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a body: its result, or the error that it ends with."""

    value: Any = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A body, who waits for its result, and until when on the monotonic clock, if that matters."""

    body: Body
    future: "asyncio.Future[Any]"
    until_ms: int = 0

    def tell(self, outcome: Outcome) -> None:
        """Give an outcome to who waits, unless it has one or has gone."""
        if self.future.done():
            return
        if outcome.error is not None:
            self.future.set_exception(outcome.error)
        else:
            self.future.set_result(outcome.value)


class GroupWriter(ABC):
    """Commits bodies in groups while `run` is running, and refuses them afterwards."""

    def __init__(self, metrics: StoreMetrics | None = None) -> None:
        self.queue: asyncio.Queue[Work] = asyncio.Queue(WRITES_WAITING)
        self._metrics = metrics
        if metrics is not None:
            metrics.watch(self.queue.qsize)
        self.is_closed = False

    def put(self, body: Callable[[Tx], Value], until_ms: int = 0) -> "asyncio.Future[Value]":
        """Queue `body` and return what has its result after the commit."""
        if self.is_closed:
            raise StoreUnavailable(STOPPING)
        future: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        try:
            self.queue.put_nowait(Work(body, future, until_ms))
        except asyncio.QueueFull as error:
            raise StoreUnavailable("too many writes are waiting") from error
        return future

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

    @abstractmethod
    async def commit(self, group: Sequence[Work]) -> None:
        """Write a group, and tell each its outcome; who is told none then is refused."""

    async def _settle(self, group: Sequence[Work]) -> None:
        """Let every caller get a result or an error, so that the next group can follow."""
        try:
            with self._metrics.committing(len(group)) if self._metrics is not None else nullcontext():
                await self.commit(group)
        finally:
            for work in group:
                work.tell(Outcome(error=StoreUnavailable(STOPPING)))
                self.queue.task_done()

    def _refuse_waiting(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait().tell(Outcome(error=StoreUnavailable(STOPPING)))
            self.queue.task_done()


@asynccontextmanager
async def writing(writer: GroupWriter) -> AsyncIterator[None]:
    """Run a writer; if it dies, the context is cancelled and the writer's error is raised."""
    try:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(writer.run(), name="store-writer")
            try:
                yield
            finally:
                await writer.finish()
                running.cancel()
    except ExceptionGroup as group:
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from None
        raise
