"""Follows the change log once for the whole process; every reader gets each entry, encoded once.

What is new holds links that work; in what is read again they may have died since.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import structlog

from bridge.jobs.job import Job
from bridge.ports import Notifier
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import events
from bridge.store.rows.events import Event

log = structlog.get_logger(__name__)

PAGE: Final = 200
POLL_S: Final = 5.0
AT_ONCE: Final = 64
BACKLOG: Final = 1_000
"""How many entries a reader may be behind before it is let go; it comes back with its position."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One event of the log, and its record as JSON."""

    event: Event
    record: bytes


@dataclass(frozen=True, slots=True)
class Notice:
    """A word about a tenant's channel, as JSON. It stands in no log: only who reads now hears it."""

    tenant: str
    channel: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing was sent to a reader for a while."""


@dataclass(frozen=True, slots=True)
class PositionExpired:
    """What stood behind a position is no longer kept, up to this one."""

    position: int


Word: TypeAlias = LogEntry | Notice | Quiet


class Subscriber:
    """One reader: `position` is where the live part begins; None in `queue` is the end."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.queue: asyncio.Queue[Word | None] = asyncio.Queue(BACKLOG + 1)

    async def next(self) -> Sequence[Word | None]:
        """Return what there is to hear, at least one word: what has come together is written together.

        Nothing behind the end: what is given then stands behind a gap.
        """
        words = [await self.queue.get()]
        while words[-1] is not None and len(words) < AT_ONCE and not self.queue.empty():
            words.append(self.queue.get_nowait())
        return words

    def give(self, word: Word) -> None:
        """Add what the reader is to hear, or end the reader when it is too far behind."""
        if self.queue.qsize() >= BACKLOG:
            self.end()
        else:
            self.queue.put_nowait(word)

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
        notifier: Notifier,
        encode: Callable[[Job], bytes],
        living: Callable[[Sequence[Job]], Awaitable[Sequence[Job]]],
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._encode = encode
        self._living = living
        self._readers: set[Subscriber] = set()
        self._position = 0
        self._is_closed = False

    async def run(self) -> None:
        """Follow the log until cancelled."""
        with self._notifier.subscribe("events") as subscription:
            while True:
                while await self._forward():
                    pass
                await subscription.wait(POLL_S)
                while self._has_given(subscription.payloads()):
                    await subscription.wait(POLL_S)

    async def start(self) -> None:
        """Begin at the end of the log."""
        _, self._position = await self._database.read(events.ends)

    def close(self) -> None:
        """Let every reader go."""
        self._is_closed = True
        self._disconnect_all()

    def publish(self, notice: Notice) -> None:
        """Give every reader a notice, behind what it was given before."""
        for reader in self._readers:
            reader.give(notice)

    @contextmanager
    def reading(self) -> Iterator[Subscriber]:
        """Read along from now on."""
        reader = Subscriber(self._position)
        self._readers.add(reader)
        if self._is_closed:
            reader.end()
        try:
            yield reader
        finally:
            self._readers.discard(reader)

    async def ends(self) -> tuple[int, int]:
        """Return the oldest position that is kept and the newest that was given."""
        return await self._database.query(events.ends)

    async def page(self, position: int) -> Sequence[Event] | PositionExpired:
        """Return what stands in the log behind a position, or that something which stood there is gone."""
        return await self._database.query(lambda tx: _page(tx, position))

    async def renewed(self, found: Sequence[Event]) -> list[Event]:
        """Return events of the log with links that work now."""
        jobs = await self._living([event.job for event in found])
        return [replace(event, job=job) for event, job in zip(found, jobs, strict=True)]

    def encoded(self, found: Sequence[Event]) -> list[LogEntry]:
        """Return events with their records.

        One that cannot be encoded is left out and logged: it must not keep the others from anyone.
        """
        entries: list[LogEntry] = []
        unfit: dict[int, Exception] = {}
        for event in found:
            try:
                entries.append(LogEntry(event, self._encode(event.job)))
            except Exception as error:  # noqa: BLE001 - one event: it is logged below, once for all of them
                unfit[event.position] = error
        if unfit:
            first = next(iter(unfit.values()))
            log.error("events_were_not_encoded", positions=list(unfit), exc_info=first)
        return entries

    def _has_given(self, payloads: Sequence[object]) -> bool:
        """Give every reader the events that notifications brought; False when the log is to be looked at.

        They must be the next ones without a gap: of several that write, one may commit before it notifies.
        """
        behind = [one for one in payloads if isinstance(one, Event) and one.position > self._position]
        page = sorted(behind, key=lambda event: event.position)
        expected = range(self._position + 1, self._position + 1 + len(page))
        if None in payloads or not payloads or [event.position for event in page] != list(expected):
            return False
        if page:
            self._give(page)
        return True

    async def _forward(self) -> bool:
        """Give every reader what is new; False when there is no more: a page not full was the last."""
        position = self._position
        try:
            page = await self._database.read(lambda tx: _page(tx, position))
        except StoreUnavailable as error:
            log.warning("log_was_not_read", reason=str(error))
            return False
        if isinstance(page, PositionExpired):
            self._skip_to(page.position)
            return True
        if page:
            self._give(page)
        return len(page) == PAGE

    def _give(self, page: Sequence[Event]) -> None:
        self._position = page[-1].position
        for entry in self.encoded(page):
            for reader in self._readers:
                reader.give(entry)

    def _skip_to(self, position: int) -> None:
        """Go on behind what is gone; readers come back with their positions, and are told."""
        self._position = position
        self._disconnect_all()

    def _disconnect_all(self) -> None:
        for reader in self._readers:
            reader.end()


def _page(tx: Tx, position: int) -> Sequence[Event] | PositionExpired:
    """Read both in one transaction: between two the log may be cut.

    It is cut at its beginning only, and no position is left out when one is given: a gap says nothing, the
    oldest that is kept says all.
    """
    oldest, _ = events.ends(tx)
    return PositionExpired(oldest - 1) if position < oldest - 1 else events.after(tx, position, PAGE)
