"""A TCP proxy in front of a server, which a test can cut, freeze, or let lose what it carries."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit

Change: TypeAlias = Callable[[bytes], bytes | None]
"""What becomes of bytes on their way; None: the connection is cut instead."""


def unchanged(data: bytes) -> bytes | None:
    """Carry everything."""
    return data


@dataclass
class Wire:
    """The proxy: what it does with bytes to and from the server, and its open connections."""

    host: str
    port: int
    url: str = ""
    to_server: Change = unchanged
    from_server: Change = unchanged
    is_cut: bool = False
    may_pass: asyncio.Event = field(default_factory=asyncio.Event)
    connections: set["asyncio.StreamWriter"] = field(default_factory=set)

    def cut(self) -> None:
        """End every connection, and let in no other."""
        self.is_cut = True
        for writer in list(self.connections):
            writer.transport.abort()

    def mend(self) -> None:
        """Let everything pass again."""
        self.is_cut = False
        self.to_server = self.from_server = unchanged
        self.may_pass.set()

    def strand(self) -> None:
        """Hold everything back on the connections that there are, and let new ones pass."""
        self.may_pass.clear()
        self.may_pass = asyncio.Event()
        self.may_pass.set()

    def freeze(self) -> None:
        """Hold everything back, and end nothing."""
        self.may_pass.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it."""
        if self.is_cut:
            writer.transport.abort()
            return
        server_reader, server_writer = await asyncio.open_connection(self.host, self.port)
        ends = {writer, server_writer}
        self.connections |= ends
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._carry(reader, server_writer, ends, self._there))
                tasks.create_task(self._carry(server_reader, writer, ends, self._back))
        finally:
            self.connections -= ends
            for end in ends:
                end.transport.abort()

    def _there(self, data: bytes) -> bytes | None:
        return self.to_server(data)

    def _back(self, data: bytes) -> bytes | None:
        return self.from_server(data)

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ends: set[asyncio.StreamWriter],
        change: Change,
    ) -> None:
        gate = self.may_pass
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                await gate.wait()
                changed = change(data)
                if changed is None:
                    break
                writer.write(changed)
                await writer.drain()
        for end in ends:
            end.transport.abort()


@asynccontextmanager
async def wire_to(url: str) -> AsyncIterator[Wire]:
    """Put a proxy in front of the server of a URL; `wire.url` is the URL through it."""
    parts = urlsplit(url)
    wire = Wire(parts.hostname or "127.0.0.1", parts.port or 5432)
    wire.may_pass.set()
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    user, at, _ = parts.netloc.rpartition("@")
    port = server.sockets[0].getsockname()[1]
    wire.url = urlunsplit(parts._replace(netloc=f"{user}{at}127.0.0.1:{port}"))
    try:
        yield wire
    finally:
        wire.mend()
        server.close()
        for writer in list(wire.connections):
            writer.transport.abort()
        await server.wait_closed()
