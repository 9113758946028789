"""A SOCKS5 proxy on loopback (RFC 1928) that notes from which ports it goes on: only CONNECT, no password."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

VERSION: Final = 5
IPV4, NAME = 1, 3
DONE: Final = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"


class SocksProxy:
    """Knows the ports of the connections that it has opened for others."""

    def __init__(self) -> None:
        self.url = ""
        self.ports: set[int] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection to where it wants to go, both ways, until one side ends."""
        version, methods = await reader.readexactly(2)
        assert version == VERSION, "no SOCKS5 greeting"
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        host, port = await self._asked(reader)
        there, onwards = await asyncio.open_connection(host, port)
        self.ports.add(onwards.get_extra_info("sockname")[1])
        writer.write(DONE)
        carrying = {asyncio.create_task(_carry(reader, onwards)), asyncio.create_task(_carry(there, writer))}
        try:
            await asyncio.wait(carrying, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in carrying:
                task.cancel()
            onwards.close()
            writer.close()

    async def _asked(self, reader: asyncio.StreamReader) -> tuple[str, int]:
        kind = (await reader.readexactly(4))[3]
        if kind == IPV4:
            host = ".".join(str(each) for each in await reader.readexactly(4))
        else:
            assert kind == NAME, "an address of a kind that is not needed here"
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        (port,) = struct.unpack("!H", await reader.readexactly(2))
        return host, port


@asynccontextmanager
async def a_socks_proxy() -> AsyncIterator[SocksProxy]:
    """Run a proxy."""
    proxy = SocksProxy()
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        with suppress(OSError, asyncio.IncompleteReadError):
            await proxy.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy.url = f"socks5://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.wait(running) if running else None


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
