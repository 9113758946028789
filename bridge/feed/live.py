"""Follows the change log once per process, encodes each entry once and sends it to all readers of its tenant.

New events contain valid links; in events that are read again they may have expired.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import structlog

from bridge.jobs.job import Job
from bridge.metrics.feed import FeedMetrics
from bridge.ports import Notifier
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import events
from bridge.store.rows.events import Event

log = structlog.get_logger(__name__)

PAGE: Final = 200
POLL_S: Final = 5.0
AT_ONCE: Final = 64
BACKLOG: Final = 1_000
"""How many entries a reader may be behind before it is disconnected; it reconnects with its position."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An event of the log, and its record as JSON."""

    event: Event
    record: bytes


@dataclass(frozen=True, slots=True)
class Notice:
    """A message about a tenant's channel, as JSON. It is not in the log: only connected readers get it."""

    tenant: str
    channel: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing was sent to a reader for a while: a heartbeat is due."""


@dataclass(frozen=True, slots=True)
class PositionExpired:
    """The events after a position were deleted, up to this one."""

    position: int


Item: TypeAlias = LogEntry | Notice | Quiet


class Subscriber:
    """One reader of a tenant's entries; `position` is where its live part begins, None is the end."""

    def __init__(self, tenant: str, position: int) -> None:
        self.tenant = tenant
        self.position = position
        self.queue: asyncio.Queue[Item | None] = asyncio.Queue(BACKLOG + 1)

    async def next(self) -> Sequence[Item | None]:
        """Wait for at least one item and return all that are queued, so that they are written together.

        Nothing is returned after the end, because items given then would follow a gap.
        """
        words = [await self.queue.get()]
        while words[-1] is not None and len(words) < AT_ONCE and not self.queue.empty():
            words.append(self.queue.get_nowait())
        return words

    def give(self, item: Item) -> None:
        """Queue an item, or disconnect the reader if it is too far behind."""
        if self.queue.qsize() >= BACKLOG:
            self.end()
        else:
            self.queue.put_nowait(item)

    def end(self) -> None:
        """Disconnect the reader and discard its queue: the items are in the log."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class Feed:
    """The change log for any number of readers. `encode` returns a record, `renew_links` renews links."""

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        encode: Callable[[Job], bytes],
        renew_links: Callable[[Sequence[Job]], Awaitable[Sequence[Job]]],
        metrics: FeedMetrics | None = None,
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._encode = encode
        self._renew_links = renew_links
        self._metrics = metrics
        self._readers: defaultdict[str, set[Subscriber]] = defaultdict(set)
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
        """Start at the end of the log."""
        _, self._position = await self._database.read(events.ends)

    def close(self) -> None:
        """Disconnect all readers."""
        self._is_closed = True
        self._disconnect_all()

    def publish(self, notice: Notice) -> None:
        """Queue a notice for every reader of its tenant."""
        for reader in self._readers.get(notice.tenant, ()):
            reader.give(notice)

    @contextmanager
    def reading(self, tenant: str) -> Iterator[Subscriber]:
        """Subscribe a reader to everything of a tenant from now on."""
        reader = Subscriber(tenant, self._position)
        self._readers[tenant].add(reader)
        if self._is_closed:
            reader.end()
        try:
            yield reader
        finally:
            self._remove(reader)

    async def ends(self, tenant: str) -> tuple[int, int]:
        """Return the oldest position of a tenant's log and the newest one that was assigned to anybody."""
        return await self._database.query(lambda tx: events.ends_of(tx, tenant))

    async def page(self, tenant: str, position: int) -> Sequence[Event] | PositionExpired:
        """Return a tenant's next events after a position, or `PositionExpired` if some were deleted."""
        return await self._database.query(lambda tx: _page_of(tx, tenant, position))

    async def renewed(self, found: Sequence[Event]) -> list[Event]:
        """Return events with valid links."""
        jobs = await self._renew_links([event.job for event in found])
        return [replace(event, job=job) for event, job in zip(found, jobs, strict=True)]

    def encoded(self, found: Sequence[Event]) -> list[LogEntry]:
        """Return events with their records as JSON.

        An event that cannot be encoded is logged and left out, so that it does not block the others.
        """
        entries: list[LogEntry] = []
        unfit: dict[int, Exception] = {}
        for event in found:
            try:
                entries.append(LogEntry(event, self._encode(event.job)))
            except Exception as error:  # noqa: BLE001 - one event: logged below, once for all
                unfit[event.position] = error
        if unfit:
            first = next(iter(unfit.values()))
            log.error("events_were_not_encoded", positions=list(unfit), exc_info=first)
        return entries

    def _has_given(self, payloads: Sequence[object]) -> bool:
        """Give the readers the events in the notifications; return False if the log must be read instead.

        They must be the next ones without a gap: with several writers, commits and notifications can be
        in different order.
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
        """Give the readers a page of new events; return False after the last page, which is not full."""
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
            for reader in self._readers.get(entry.event.job.tenant, ()):
                reader.give(entry)
        if self._metrics is not None:
            self._metrics.given(event.position for event in page)

    def _remove(self, reader: Subscriber) -> None:
        """Forget a reader, and its tenant with the last one."""
        self._readers[reader.tenant].discard(reader)
        if not self._readers[reader.tenant]:
            del self._readers[reader.tenant]

    def _skip_to(self, position: int) -> None:
        """Skip deleted events; readers are disconnected, reconnect with their positions and get `reset`."""
        self._position = position
        self._disconnect_all()

    def _disconnect_all(self) -> None:
        for readers in self._readers.values():
            for reader in readers:
                reader.end()


def _page_of(tx: Tx, tenant: str, position: int) -> Sequence[Event] | PositionExpired:
    """Read the events and the oldest position in one transaction: between two, events may be deleted.

    Only the oldest position shows whether events are missing: deleted progress leaves gaps anywhere.
    """
    oldest, _ = events.ends_of(tx, tenant)
    if position < oldest - 1:
        return PositionExpired(oldest - 1)
    return events.of_tenant(tx, tenant, position, PAGE)


def _page(tx: Tx, position: int) -> Sequence[Event] | PositionExpired:
    """Read the events of all tenants in the same way."""
    oldest, _ = events.ends(tx)
    return PositionExpired(oldest - 1) if position < oldest - 1 else events.after(tx, position, PAGE)
