"""An HTTP proxy of one server, which can be cut: how a bridge loses Discord.

It connects from an address of its own, by which the server's log tells one bridge from another. It
understands CONNECT, and passes on everything else as it is.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

PIECE: Final = 65_536
CONNECT: Final = b"CONNECT "


class Relay:
    """Passes connections on to a server."""

    def __init__(self, host: str, port: int, address: str = "127.0.0.1") -> None:
        self.address = address
        self.port = 0
        self.is_cut = False
        self._target = (host, port)
        self._open: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """End all connections, and each new one at once."""
        self.is_cut = True
        for task in list(self._open):
            task.cancel()

    def mend(self) -> None:
        """Pass on everything again."""
        self.is_cut = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection until one side ends it."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._passed_on(reader, writer)
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def end(self) -> None:
        """Leave no connection."""
        self.cut()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _passed_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = b"" if self.is_cut else await reader.read(PIECE)
        if self.is_cut or not first:
            return
        if first.startswith(CONNECT):
            while b"\r\n\r\n" not in first:
                first += await reader.read(PIECE)
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            first = first.partition(b"\r\n\r\n")[2]
        there, back = await asyncio.open_connection(*self._target, local_addr=(self.address, 0))
        back.write(first)
        ways = {
            asyncio.create_task(self._pass(reader, back)),
            asyncio.create_task(self._pass(there, writer)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            back.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                writer.write(piece)
                await writer.drain()


@asynccontextmanager
async def relay(host: str, port: int, address: str = "127.0.0.1") -> AsyncIterator[Relay]:
    """Run a proxy of a server."""
    relaying = Relay(host, port, address)
    server = await asyncio.start_server(relaying.serve, "127.0.0.1", 0)
    relaying.port = server.sockets[0].getsockname()[1]
    try:
        yield relaying
    finally:
        server.close()
        await relaying.end()
