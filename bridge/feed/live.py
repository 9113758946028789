"""Follows the change log once for the whole process; every reader gets each entry, encoded once.

What is new holds links that work; in what is read again they may have died since.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bridge.jobs.job import Job
from bridge.ports import Bells
from bridge.store import events
from bridge.store.database import Database, StoreUnavailable
from bridge.store.events import Event

log = structlog.get_logger(__name__)

PAGE: Final = 200
POLL_S: Final = 5.0
BACKLOG: Final = 1_000
"""How many entries a reader may be behind before it is let go; it comes back with its position."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the log, and its record as JSON."""

    event: Event
    record: bytes


@dataclass(frozen=True, slots=True)
class Notice:
    """A word about a tenant's channel, as JSON. It stands in no log: only who reads now hears it."""

    tenant: str
    channel: str
    body: bytes


class Reader:
    """One reader: `position` is where the live part begins; None in `queue` is the end."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.queue: asyncio.Queue[Entry | Notice | None] = asyncio.Queue(BACKLOG + 1)

    def give(self, entry: Entry | Notice) -> None:
        """Add an entry or a notice, or end the reader when it is too far behind."""
        if self.queue.qsize() >= BACKLOG:
            self.end()
        else:
            self.queue.put_nowait(entry)

    def end(self) -> None:
        """Let the reader go: what waits is dropped, since it is in the log."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class Feed:
    """The change log for any number of readers. `encode` makes a job's record, `living` renews links."""

    def __init__(
        self,
        database: Database,
        bells: Bells,
        encode: Callable[[Job], bytes],
        living: Callable[[Sequence[Job]], Awaitable[Sequence[Job]]],
    ) -> None:
        self._database = database
        self._bells = bells
        self._encode = encode
        self._living = living
        self._readers: set[Reader] = set()
        self._position = 0
        self._is_closed = False

    async def run(self) -> None:
        """Follow the log until cancelled."""
        with self._bells.listen("events") as ear:
            while True:
                if not await self._forward():
                    await ear.wait(POLL_S)

    async def start(self) -> None:
        """Begin at the end of the log."""
        _, self._position = await self._database.read(events.ends)

    def close(self) -> None:
        """Let every reader go."""
        self._is_closed = True
        for reader in self._readers:
            reader.end()

    def tell(self, notice: Notice) -> None:
        """Give every reader a notice, behind what it was given before."""
        for reader in self._readers:
            reader.give(notice)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Read along from now on."""
        reader = Reader(self._position)
        self._readers.add(reader)
        if self._is_closed:
            reader.end()
        try:
            yield reader
        finally:
            self._readers.discard(reader)

    async def ends(self) -> tuple[int, int]:
        """Return the oldest position that is kept and the newest that was given."""
        return await self._database.read(events.ends)

    async def page(self, position: int, at_most: int = PAGE) -> Sequence[Event]:
        """Return what stands in the log behind a position."""
        return await self._database.read(lambda tx: events.after(tx, position, at_most))

    async def renewed(self, found: Sequence[Event]) -> list[Event]:
        """Return events of the log with links that work now."""
        jobs = await self._living([event.job for event in found])
        return [replace(event, job=job) for event, job in zip(found, jobs, strict=True)]

    def entry(self, event: Event) -> Entry:
        """Return an event with its record."""
        return Entry(event, self._encode(event.job))

    async def _forward(self) -> bool:
        """Give every reader what is new; False when nothing was."""
        try:
            found = await self.page(self._position)
        except StoreUnavailable as error:
            log.warning("log_was_not_read", reason=str(error))
            return False
        for event in found:
            self._position = event.position
            self._give(event)
        return bool(found)

    def _give(self, event: Event) -> None:
        """Give every reader an event; one that cannot be encoded must not keep the next ones from them."""
        try:
            entry = self.entry(event)
        except Exception:
            log.exception("event_was_not_encoded", position=event.position)
            return
        for reader in self._readers:
            reader.give(entry)
