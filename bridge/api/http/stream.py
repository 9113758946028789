"""Server-sent events: a replay without gaps, then live events; slow readers are disconnected.

The format is that of the HTML standard, section "Server-sent events".
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Final, TypeAlias

from aiohttp import web

from bridge.api.http.sockets import reset
from bridge.feed.keep_alive import KeepAlive, keep_alive_of
from bridge.feed.live import Feed, Item, LogEntry, Notice, PositionExpired, Subscriber
from bridge.ports import Clock
from bridge.store.rows.events import Event

HEARTBEAT_S: Final = 15.0
WRITE_S: Final = 30.0
"""In real time, not on the clock of the bridge."""
END_S: Final = 0.25
"""How long a stream that has to end may take to end by itself; in real time too."""
RETRY: Final = b"retry: 2000\n\n"
_HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


IsMeant: TypeAlias = Callable[[Event | Notice], bool]
Opened: TypeAlias = Callable[["Connection"], AbstractContextManager[None]]
"""What counts a stream while the context is open, and ends it when it has to."""


class EventStream:
    """The connection of one reader; `position` is the last one that was checked for it."""

    def __init__(self, response: web.StreamResponse, keep_alive: KeepAlive, position: int) -> None:
        self._response = response
        self._keep_alive = keep_alive
        self.position = position

    async def open(self) -> None:
        """Send the reconnection time and the position."""
        await self.write(RETRY + b"id: %d\n\n" % self.position)

    async def reset(self, position: int) -> None:
        """Send `reset`: events up to the position were deleted."""
        self.position = position
        await self.write(b'event: reset\nid: %d\ndata: {"position":%d}\n\n' % (position, position))

    async def beat(self) -> None:
        """Send the position as a heartbeat, if one is due."""
        if self._keep_alive.is_due:
            await self.write(b"id: %d\n\n" % self.position)

    async def write(self, data: bytes) -> None:
        """Write; raises `TimeoutError` if the reader does not read."""
        async with asyncio.timeout(WRITE_S):
            await self._response.write(data)
        self._keep_alive.reset()


async def stream(
    request: web.Request,
    tenant: str,
    feed: Feed,
    clock: Clock,
    start: int | None,
    is_meant: IsMeant,
    opened: Opened,
    *,
    is_reset: bool = False,
) -> web.StreamResponse:
    """Stream a tenant's entries after `start` (None: from now on) until the reader or the bridge ends it.

    `is_reset`: the reader's position is not from this log, so send `reset` first.
    """
    if request.method == "HEAD":
        return web.Response(headers=_HEADERS)
    response = web.StreamResponse(headers=_HEADERS)
    with (
        feed.reading(tenant) as reader,
        keep_alive_of(clock, reader, HEARTBEAT_S) as keep_alive,
        _connection(request, reader) as connection,
        opened(connection),
    ):
        await response.prepare(request)
        line = EventStream(response, keep_alive, reader.position if start is None else start)
        with suppress(TimeoutError, ConnectionError), _whole_or_cut(request):
            await line.open()
            if is_reset:
                await line.reset(line.position)
            await _replay(line, feed, reader, is_meant)
            await _follow(line, reader, is_meant)
    return response


class Connection:
    """The connection of a stream for those who end it."""

    def __init__(self, request: web.Request, reader: Subscriber) -> None:
        self._request = request
        self._reader = reader
        self._cut: asyncio.TimerHandle | None = None

    @property
    def is_lost(self) -> bool:
        """Whether the reader has gone; the stream itself notices it with its next write only."""
        transport = self._request.transport
        return transport is None or transport.is_closing()

    def end(self) -> None:
        """End the stream: by itself if it can, and else by cutting the connection."""
        if self._cut is None:
            self._reader.end()
            self._cut = asyncio.get_running_loop().call_later(END_S, _cut, self._request)

    def forget(self) -> None:
        """Cut no more."""
        if self._cut is not None:
            self._cut.cancel()


@contextmanager
def _connection(request: web.Request, reader: Subscriber) -> Iterator[Connection]:
    connection = Connection(request, reader)
    try:
        yield connection
    finally:
        connection.forget()


@contextmanager
def _whole_or_cut(request: web.Request) -> Iterator[None]:
    """Cut the connection if the stream fails: no other answer can follow its beginning."""
    with ExitStack() as cutting:
        cutting.callback(_cut, request)
        yield
        cutting.pop_all()


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        reset(request.transport)


async def _replay(line: EventStream, feed: Feed, reader: Subscriber, is_meant: IsMeant) -> None:
    """Write the entries of the log up to the live part.

    `Feed.page` decides whether the position has expired: it compares it with the oldest event of the log.
    """
    while line.position < reader.position and (page := await feed.page(reader.tenant, line.position)):
        if isinstance(page, PositionExpired):
            await line.reset(min(page.position, reader.position))
        else:
            await _show(line, feed, page, is_meant)


async def _show(line: EventStream, feed: Feed, page: Sequence[Event], is_meant: IsMeant) -> None:
    for entry in feed.encoded(await feed.renewed([event for event in page if is_meant(event)])):
        await line.write(_frame(entry))
    line.position = page[-1].position
    await line.beat()


async def _follow(line: EventStream, reader: Subscriber, is_meant: IsMeant) -> None:
    """Write live entries; those that are ready together in one write."""
    is_over = False
    while not is_over:
        items = await reader.next()
        is_over = None in items
        if frames := list(_frames(items, line, is_meant)):
            await line.write(b"".join(frames))
        await line.beat()
    await line.write(RETRY)


def _frames(items: Iterable[Item | None], line: EventStream, is_meant: IsMeant) -> Iterator[bytes]:
    """Yield the frames that match the reader's filter, and advance its position."""
    for item in items:
        frame = _meant(item, line.position, is_meant)
        if isinstance(item, LogEntry):
            line.position = max(line.position, item.event.position)
        if frame is not None:
            yield frame


def _meant(item: Item | None, position: int, is_meant: IsMeant) -> bytes | None:
    """Return the frame of a live item that matches the reader's filter."""
    match item:
        case Notice() if is_meant(item):
            return b"event: account\ndata: %s\n\n" % item.body
        case LogEntry() if item.event.position > position and is_meant(item.event):
            return _frame(item)
        case _:
            return None


def _frame(entry: LogEntry) -> bytes:
    return b"id: %d\ndata: %s\n\n" % (entry.event.position, entry.record)
