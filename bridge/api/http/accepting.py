"""Accepts connections: counts each one, and gives it, with TLS or without, to HTTP; or refuses it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, TypeAlias

import structlog

from bridge.api.http.answers import EVERYWHERE, Refusal, dumped
from bridge.api.http.connections import Connections, affordable, counted_as
from bridge.api.http.handshakes import Early, Handshakes
from bridge.api.http.options import ServerOptions
from bridge.api.http.proxies import is_trusted
from bridge.api.http.sockets import limit_unread, peer_of, reset

log = structlog.get_logger(__name__)

REFUSED_S: Final = 2.0
"""How long a refused client may take to read the answer."""
MOST_REFUSED: Final = 100
"""How many refused clients may be reading their answer; all others are cut at once."""
LOG_EVERY_S: Final = 60.0

MakeProtocol: TypeAlias = Callable[[asyncio.Transport, Callable[[], None]], asyncio.Protocol]
"""Makes the HTTP protocol of a connection; gets the socket's transport, and what to call when it is lost."""


class Acceptor:
    """Gives every new connection to HTTP while there is room for it."""

    def __init__(self, options: ServerOptions, make: MakeProtocol, handshakes: Handshakes | None) -> None:
        limits = options.limits
        self._connections = Connections(affordable(limits.connections), limits.connections_per_address)
        self._answer_s = limits.answer_s
        self._trusted_proxies = options.trusted_proxies
        self._make = make
        self._handshakes = handshakes
        self._refused = 0
        self._unlogged = 0
        self._logged_at: float | None = None

    def accepted(self) -> asyncio.Protocol:
        """Return the first protocol of a connection that was just accepted."""
        return Early(self.take)

    def take(self, transport: asyncio.Transport, arrived: Early) -> None:
        """Give a connection to HTTP, after TLS if there is a certificate; or refuse it."""
        address = self._counted_as(peer_of(transport))
        if not self._connections.enter(address):
            self._refuse(transport)
            return
        limit_unread(transport, self._answer_s)
        leave = partial(self._connections.leave, address)
        make = partial(self._make, transport, leave)
        if self._handshakes is None:
            arrived.give(transport, make())
        else:
            self._handshakes.begin(transport, arrived, make, leave)

    def _counted_as(self, peer: str) -> str | None:
        """Return what a connection is counted as; one of a trusted proxy is shared by many clients."""
        return None if is_trusted(peer, self._trusted_proxies) else counted_as(peer)

    def _refuse(self, transport: asyncio.Transport) -> None:
        self._log(transport)
        if self._refused >= MOST_REFUSED or self._handshakes is not None:
            reset(transport)
            return
        self._refused += 1
        transport.set_protocol(_Refused(transport, self._forget))
        transport.write(_TOO_MANY)
        with suppress(OSError):  # the client may have gone
            transport.write_eof()

    def _forget(self) -> None:
        self._refused -= 1

    def _log(self, transport: asyncio.Transport) -> None:
        """Log refused connections, at most once a minute."""
        self._unlogged += 1
        now = asyncio.get_running_loop().time()
        if self._logged_at is None or now - self._logged_at >= LOG_EVERY_S:
            log.warning("connections_refused", count=self._unlogged, last_from=peer_of(transport))
            self._logged_at, self._unlogged = now, 0


class _Refused(asyncio.Protocol):
    """A refused connection. What the client sends is discarded, so that it can read the answer."""

    def __init__(self, transport: asyncio.Transport, forget: Callable[[], None]) -> None:
        self._forget = forget
        self._limit = asyncio.get_running_loop().call_later(REFUSED_S, reset, transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio gives it
        """Make room for another refused client."""
        self._limit.cancel()
        self._forget()


def too_many() -> Refusal:
    """Return the refusal of a connection."""
    return Refusal(503, "Too many connections", headers={"Retry-After": "10"})


def _bytes_of(refusal: Refusal) -> bytes:
    """Return an answer as it is sent to a client whose request is not read."""
    body = dumped(refusal.body()) + b"\n"
    fixed = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
    lines = (f"{name}: {value}" for name, value in {**fixed, **refusal.headers, **EVERYWHERE}.items())
    return "\r\n".join((f"HTTP/1.1 {refusal.status} Service Unavailable", *lines, "", "")).encode() + body


_TOO_MANY: Final = _bytes_of(too_many())
