"""Server-sent events: replay without a hole, then live; a reader that does not read is let go.

The format is that of the HTML standard, section "Server-sent events".
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from aiohttp import web

from bridge.feed.live import Entry, Feed, Notice
from bridge.store.events import Event

HEARTBEAT_S: Final = 15.0
WRITE_S: Final = 30.0
RETRY: Final = b"retry: 2000\n\n"
_HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


IsMeant: TypeAlias = Callable[[Event | Notice], bool]


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing came until a heartbeat was due."""


async def stream(
    request: web.Request,
    feed: Feed,
    start: int | None,
    is_meant: IsMeant,
    reset_to: int | None,
) -> web.StreamResponse:
    """Answer with the entries behind `start` (None: from now on) until the reader or the bridge ends it."""
    if request.method == "HEAD":
        return web.Response(headers=_HEADERS)
    response = web.StreamResponse(headers=_HEADERS)
    with feed.reading() as reader:
        await response.prepare(request)
        position = reader.position if start is None else start
        try:
            await _write(response, _opening(position, reset_to))
            position = await _replay(response, feed, position, reader.position, is_meant)
            await _follow(response, reader.queue, position, is_meant)
        except (TimeoutError, ConnectionError):
            if request.transport is not None:
                request.transport.abort()
    return response


def _opening(position: int, reset_to: int | None) -> bytes:
    opening = RETRY + b"id: %d\n\n" % position
    if reset_to is None:
        return opening
    return opening + b'event: reset\nid: %d\ndata: {"position":%d}\n\n' % (reset_to, reset_to)


async def _replay(
    response: web.StreamResponse, feed: Feed, position: int, end: int, is_meant: IsMeant
) -> int:
    """Write what stands in the log up to where the live part begins."""
    while position < end and (page := await feed.page(position)):
        position = page[-1].position
        for event in await feed.renewed([event for event in page if is_meant(event)]):
            await _write(response, _frame(feed.entry(event)))
    return position


async def _follow(
    response: web.StreamResponse,
    queue: "asyncio.Queue[Entry | Notice | None]",
    position: int,
    is_meant: IsMeant,
) -> None:
    """Write what comes; a bare `id:` now and then keeps the position of a filtered stream fresh."""
    due_s = _due_s()
    while True:
        entry = await _next(queue, due_s)
        if entry is None:
            await _write(response, RETRY)
            return
        frame = _meant(entry, position, is_meant)
        if isinstance(entry, Entry):
            position = max(position, entry.event.position)
        if frame is None and due_s <= _now_s():
            frame = b"id: %d\n\n" % position
        if frame is not None:
            await _write(response, frame)
            due_s = _due_s()


async def _next(queue: "asyncio.Queue[Entry | Notice | None]", due_s: float) -> Entry | Notice | Quiet | None:
    """Return what comes next, or that nothing came in time."""
    try:
        async with asyncio.timeout_at(due_s):
            return await queue.get()
    except TimeoutError:
        return Quiet()


def _meant(entry: Entry | Notice | Quiet, position: int, is_meant: IsMeant) -> bytes | None:
    """Return the frame of what is new and meant for the reader."""
    match entry:
        case Notice() if is_meant(entry):
            return b"event: account\ndata: %s\n\n" % entry.body
        case Entry() if entry.event.position > position and is_meant(entry.event):
            return _frame(entry)
        case _:
            return None


def _due_s() -> float:
    """Return when a heartbeat is due, on the loop's clock, if nothing is written until then."""
    return _now_s() + HEARTBEAT_S


def _now_s() -> float:
    return asyncio.get_running_loop().time()


async def _write(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(WRITE_S):
        await response.write(data)


def _frame(entry: Entry) -> bytes:
    return b"id: %d\ndata: %s\n\n" % (entry.event.position, entry.record)
