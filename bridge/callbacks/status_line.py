"""Connections and answers for which the status line of a 2xx decides, whatever follows it.

A receiver that has handled a callback may send a body where none is allowed, send invalid headers, hang up,
or be too slow. If that counted as a failure, the callback would be repeated up to twelve times.
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
"""How long to wait for the headers after a 2xx: they do not matter, but reading them saves a connection."""
_MOST_READ: Final = 8_192
_TAKEN: Final = re.compile(
    rb"(?:HTTP/1\.[01] 1\d\d[^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n)*HTTP/1\.[01] (2\d\d)(?: [^\n]*)?\r?\n"
)


class StatusConnector(aiohttp.TCPConnector):
    """A connector whose connections detect a 2xx as soon as its status line has arrived."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        connection: type[ResponseHandler] = _NotingStatus
        self._factory = partial(connection, loop=self._loop)


class StatusAnswer(aiohttp.ClientResponse):
    """An answer on such a connection: if the rest cannot be read, it raises the 2xx itself."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read the headers until the attempt times out."""
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
    """Reads the status line itself, because the parser rejects a whole answer for any invalid part."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._begin()

    def _begin(self) -> None:
        self._start = b""
        self.status: int | None = None
        self._limit: asyncio.TimerHandle | None = None

    def set_response_params(self, **more: Any) -> None:
        """Start the answer to the next request."""
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
        """Handle an answer with complete headers; a 204 that announces a body closes the connection."""
        self._end()
        head = data[0]
        if head.code == 204 and (head.chunked or head.headers.get(hdrs.CONTENT_LENGTH, "0") != "0"):
            self.force_close()
        super().feed_data(data, size)

    def set_exception(self, exc: BaseException, *more: Any) -> None:
        """Fail, and stop waiting."""
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
