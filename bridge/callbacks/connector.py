"""Connects to allowed addresses only, whatever a URL says and whatever a name server answers.

A name's addresses are filtered when it is resolved. Each address is checked again when the socket for it is
made, since none of it is resolved again from there on, and once more on the connection before a request is
written to it.
"""

import socket
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler

from bridge.callbacks.addresses import AllowedAddresses
from bridge.callbacks.names import Names
from bridge.callbacks.status_line import StatusConnector


class AddressRefused(OSError):
    """An address, or every address of a name, is one that may not be reached."""


class AllowedConnector(StatusConnector):
    """A connector for allowed addresses, without a limit of connections."""

    def __init__(self, names: Names, allowed: AllowedAddresses) -> None:
        resolver = AllowedNames(names, allowed)
        super().__init__(limit=0, resolver=resolver, use_dns_cache=False, socket_factory=self._socket)
        self._addresses = allowed

    def _socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        if self._addresses.refusal(address[0]) is not None:
            raise AddressRefused(_refused(self._addresses, address[0]))
        return socket.socket(family, kind, protocol)

    async def _create_connection(
        self, req: aiohttp.ClientRequest, traces: list[Any], timeout: aiohttp.ClientTimeout
    ) -> ResponseHandler:
        connection = await super()._create_connection(req, traces, timeout)
        if connection.transport is not None:  # None: it is lost already
            peer = connection.transport.get_extra_info("peername") or ("",)
            if self._addresses.refusal(peer[0]) is not None:
                connection.abort()
                raise AddressRefused(_refused(self._addresses, peer[0]))
        return connection


class AllowedNames(AbstractResolver):
    """A resolver that returns the allowed addresses of a name."""

    def __init__(self, names: Names, allowed: AllowedAddresses) -> None:
        self._names = names
        self._addresses = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the allowed addresses of a host; raises `OSError`, `AddressRefused` for none."""
        found = await self._names.resolve(host, port, family)
        allowed = [one for one in found if self._addresses.refusal(one["host"]) is None]
        if not allowed:
            reasons = ", ".join(_refused(self._addresses, one["host"]) for one in found)
            raise AddressRefused(f"{reasons}: such a receiver must be listed in callbacks.allow")
        return allowed

    async def close(self) -> None:
        """Leave the names open; whoever made them closes them."""


def _refused(allowed: AllowedAddresses, address: str) -> str:
    return f"{address} is {allowed.refusal(address)}"
