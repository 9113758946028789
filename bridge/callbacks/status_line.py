"""Connections and answers that take a receiver's word at its status line: a 2xx is one, whatever follows.

A receiver that has taken a callback may answer with a body where none may be, with headers that are none,
hang up, or be too slow for the rest. Were that a failure, it would be called again, twelve times in three
days, for what it has.
"""

import asyncio
import re
from functools import partial
from typing import Any, Final

import aiohttp
from aiohttp import hdrs
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

HEAD_S: Final = 1.0
"""How long the headers behind a 2xx are waited for: they decide nothing, but save a connection."""
_MOST_READ: Final = 8_192
_TAKEN: Final = re.compile(
    rb"(?:HTTP/1\.[01] 1\d\d[^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n)*HTTP/1\.[01] (2\d\d)(?: [^\n]*)?\r?\n"
)


class StatusConnector(aiohttp.TCPConnector):
    """A connector whose connections note a 2xx as soon as its status line has come."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        connection: type[ResponseHandler] = _NotingStatus
        self._factory = partial(connection, loop=self._loop)


class StatusAnswer(aiohttp.ClientResponse):
    """An answer on such a connection: it fails with the 2xx itself where that cannot be read on."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read the head, until the attempt's time is over."""
        protocol = connection.protocol
        try:
            return await super().start(connection)
        except (aiohttp.ClientError, OSError, ValueError, IndexError) as error:
            if not isinstance(protocol, _NotingStatus) or protocol.status is None:
                raise
            raise aiohttp.ClientResponseError(
                self.request_info, self.history, status=protocol.status
            ) from error


class _NotingStatus(ResponseHandler):
    """Reads the status line beside the parser, which gives up a whole answer for any part of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._begin()

    def _begin(self) -> None:
        self._start = b""
        self.status: int | None = None
        self._limit: asyncio.TimerHandle | None = None

    def set_response_params(self, **more: Any) -> None:
        """Begin the answer to another request."""
        self._end()
        self._begin()
        super().set_response_params(**more)

    def data_received(self, data: bytes) -> None:
        """Look for the status line, then let the parser read."""
        if self.status is None and len(self._start) < _MOST_READ:
            self._start += data[:_MOST_READ]
            self._look()
        super().data_received(data)

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Take an answer whose head is whole; a 204 that announces a body is the connection's last."""
        self._end()
        head = data[0]
        if head.code == 204 and (head.chunked or head.headers.get(hdrs.CONTENT_LENGTH, "0") != "0"):
            self.force_close()
        super().feed_data(data, size)

    def set_exception(self, exc: BaseException, *more: Any) -> None:
        """Fail, and wait for no more."""
        self._end()
        super().set_exception(exc, *more)

    def _look(self) -> None:
        if found := _TAKEN.match(self._start):
            self.status = int(found[1])
            self._limit = self._loop.call_later(HEAD_S, self._stop)

    def _stop(self) -> None:
        self.set_exception(TimeoutError())

    def _end(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
