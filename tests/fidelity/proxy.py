"""A forwarding proxy on loopback: only through one does discord.js-selfbot-v13 reach another host."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

CHUNK_BYTES = 65_536
ESTABLISHED = b"HTTP/1.1 200 Connection Established\r\n\r\n"


@asynccontextmanager
async def a_proxy() -> AsyncIterator[str]:
    """Listen for CONNECT until the context ends; return the address."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.split(b" ", 2)
        assert method == b"CONNECT", head
        host, _, port = target.decode().rpartition(":")
        there_reader, there_writer = await asyncio.open_connection(host, int(port))
        writer.write(ESTABLISHED)
        await asyncio.gather(_pour(reader, there_writer), _pour(there_reader, writer))
    except (ConnectionError, asyncio.IncompleteReadError):
        writer.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()
