"""TLS handshakes: each one is a task, has a time limit, and costs its own connection only when it fails."""

import asyncio
from collections.abc import Callable
from typing import cast

import structlog

from bridge.api.http.certificate import ServerCertificate
from bridge.api.http.options import Limits

log = structlog.get_logger(__name__)


class Early(asyncio.Protocol):
    """Keeps what arrives until the next protocol has the connection; `tell_made` learns that it is made."""

    def __init__(self, tell_made: Callable[[asyncio.Transport, "Early"], None] | None = None) -> None:
        self.is_lost = False
        self._tell_made = tell_made
        self._data = b""
        self._next: asyncio.Protocol | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Pass the connection on."""
        if self._tell_made is not None:
            self._tell_made(cast("asyncio.Transport", transport), self)

    @property
    def is_given(self) -> bool:
        """Whether the next protocol has the connection."""
        return self._next is not None

    def data_received(self, data: bytes) -> None:
        """Keep it."""
        self._data += data

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the next protocol, or remember it."""
        self.is_lost = True
        if self._next is not None:
            self._next.connection_lost(exc)

    def give(self, transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        """Give the connection, and what has arrived, to a protocol."""
        self._next = protocol
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if data := self.taken():
            protocol.data_received(data)

    def taken(self) -> bytes:
        """Return what has arrived, once."""
        data, self._data = self._data, b""
        return data


class Handshakes:
    """The handshakes in progress."""

    def __init__(self, certificate: ServerCertificate, limits: Limits, group: asyncio.TaskGroup) -> None:
        self._certificate = certificate
        self._limits = limits
        self._group = group
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(
        self,
        line: asyncio.Transport,
        arrived: Early,
        make: Callable[[], asyncio.Protocol],
        leave: Callable[[], None],
    ) -> None:
        """Do a handshake, then give the connection to what `make` returns; call `leave` if it fails."""
        task = self._group.create_task(self._secure(line, arrived, make, leave), name="handshake")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Cancel the handshakes in progress."""
        for task in self._tasks:
            task.cancel()

    async def _secure(
        self,
        line: asyncio.Transport,
        arrived: Early,
        make: Callable[[], asyncio.Protocol],
        leave: Callable[[], None],
    ) -> None:
        early, is_done = Early(), False
        try:
            transport = await self._done(line, arrived, early)
            if transport is not None and not early.is_lost:
                early.give(transport, make())
                is_done = True
        except OSError as error:
            log.debug("handshake_failed", reason=type(error).__name__)
        except Exception:
            log.exception("handshake_raised")
        if not is_done:
            line.abort()
        if not early.is_given:  # else the next protocol learns of the end
            leave()

    async def _done(self, line: asyncio.Transport, arrived: Early, early: Early) -> asyncio.Transport | None:
        """Return the transport of the secured connection; `early` gets what arrives on it at once."""
        loop = asyncio.get_running_loop()
        # Two steps: `start_tls` schedules the beginning of TLS, and uvloop has read the first bytes before.
        loop.call_soon(loop.call_soon, _feed, line, arrived.taken())
        return await loop.start_tls(
            line,
            early,
            self._certificate.context,
            server_side=True,
            ssl_handshake_timeout=self._limits.handshake_s,
            ssl_shutdown_timeout=self._limits.linger_s,
        )


def _feed(line: asyncio.Transport, data: bytes) -> None:
    """Give TLS what arrived before it had the connection."""
    protocol = cast("asyncio.BufferedProtocol", line.get_protocol())
    while data and not line.is_closing():
        buffer = memoryview(protocol.get_buffer(len(data)))
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        protocol.buffer_updated(size)
        data = data[size:]
