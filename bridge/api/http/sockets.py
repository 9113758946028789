"""Sockets of connections: who is on the other side, what the system keeps unsent, and an end at once."""

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Final

UNSENT_BYTES: Final = 131_072
"""The system's own limit can be 4 MiB for each connection."""
_RESET: Final = struct.pack("ii", 1, 0)
"""The value of SO_LINGER that discards unsent bytes and sends a reset."""


def peer_of(transport: asyncio.BaseTransport) -> str:
    """Return the address of the other side; empty when it has already gone."""
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if peer else ""


def limit_unread(transport: asyncio.BaseTransport, seconds: float) -> None:
    """Limit how many bytes the system keeps for a client that does not read, and where it can how long."""
    line = transport.get_extra_info("socket")
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    with suppress(OSError):  # the client may have gone
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_BYTES)
        if option is not None:
            line.setsockopt(socket.IPPROTO_TCP, option, round(seconds * 1000))


def reset(transport: asyncio.WriteTransport) -> None:
    """End a connection at once, and let the system discard what it has not sent yet."""
    with suppress(OSError):  # it may have ended
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()
