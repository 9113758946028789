"""The event stream: read line by line, and opened again at the last position whenever it ends.

The format is that of the HTML standard, section "Server-sent events".
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from bridge.client.errors import ClientError, ServerError, TooManyRequests, Unreachable
from bridge.client.links import parsed
from bridge.client.records import Event, job_of
from bridge.client.repeating import Allowance, Pauses
from bridge.client.transport import Transport

PATH: Final = "/v1/pixverse/events"
MOST_BYTES: Final = 4 * 1024 * 1024
"""The largest line that is read; records have a few kilobytes."""
MOST_DIGITS: Final = 20
"""Positions are 64-bit numbers."""
BROKEN: Final = (Unreachable, ServerError, TooManyRequests)
"""After these a stream is opened again."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A block of the stream: the position after it, its event's name, and its data; each may be empty."""

    position: int | None
    name: str
    data: str


async def events(
    transport: Transport, query: Mapping[str, str], after: int | None, patience_s: float
) -> AsyncGenerator[Event, None]:
    """Yield events, without an end; raises `ClientError` if the bridge is away for longer than `patience_s`.

    A first connection that fails raises at once.
    """
    reader = EventReader(transport, query, after, patience_s)
    while True:
        try:
            async for event in reader.connection():
                yield event
        except BROKEN as error:
            if reader.must_give_up() or not may_come_back(error):
                raise
        await asyncio.sleep(reader.pauses.next())


class EventReader:
    """What a reader of the stream keeps between two connections: where it is, and since when it has none."""

    def __init__(
        self, transport: Transport, query: Mapping[str, str], after: int | None, patience_s: float
    ) -> None:
        self.pauses = Pauses()
        self._transport = transport
        self._query = query
        self._position = after
        self._patience_s = patience_s
        self._away: Allowance | None = None

    async def connection(self) -> AsyncGenerator[Event, None]:
        """Yield the events of one connection, after the last one that was read."""
        async with self._transport.stream(PATH, self._query, self._position) as content:
            self._away = Allowance(self._patience_s)
            self.pauses.reset()
            async for frame in frames(content):
                self._position = self._position if frame.position is None else frame.position
                if frame.data:
                    yield event_of(frame, self._transport.url)

    def must_give_up(self) -> bool:
        """Tell whether there never was a connection, or none for too long."""
        return self._away is None or self._away.left_s() <= 0


def may_come_back(error: ClientError) -> bool:
    """Tell whether it makes sense to open the stream again: not after an error of the bridge itself."""
    return not isinstance(error, ServerError) or error.is_away


async def frames(content: aiohttp.StreamReader) -> AsyncGenerator[Frame, None]:
    """Yield the blocks of a stream up to its end."""
    block: list[str] = []
    async for line in _lines(content):
        if line:
            block.append(line)
        elif block:
            yield frame_of(block)
            block = []


def event_of(frame: Frame, bridge: str) -> Event:
    """Return the event of a block with data, from the bridge at an address."""
    try:
        raw: Mapping[str, Any] = dict(parsed(frame.data, bridge))
        job = job_of(raw) if frame.name in ("", "message") else None
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise Unreachable("the stream has what no bridge sends", was_sent=True) from error
    return Event(id=frame.position, type="job" if job else frame.name, job=job, raw=raw)


def frame_of(block: Iterable[str]) -> Frame:
    """Return the block of some lines; lines with other fields are skipped, as the standard says."""
    fields = {"id": "", "event": ""}
    data: list[str] = []
    for line in block:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name in fields:
            fields[name] = value
    is_position = fields["id"].isascii() and fields["id"].isdecimal() and len(fields["id"]) < MOST_DIGITS
    return Frame(int(fields["id"]) if is_position else None, fields["event"], "\n".join(data))


async def _lines(content: aiohttp.StreamReader) -> AsyncGenerator[str, None]:
    """Yield lines of any length up to `MOST_BYTES`; the reader's own lines are shorter."""
    rest = b""
    async for chunk in content.iter_any():
        rest += chunk
        *whole, rest = rest.split(b"\n")
        for line in _decoded(whole):
            yield line
        if len(rest) > MOST_BYTES:
            raise Unreachable(f"the stream has a line of more than {MOST_BYTES} bytes", was_sent=True)


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    return (line.removesuffix(b"\r").decode("utf-8", "replace") for line in lines)
