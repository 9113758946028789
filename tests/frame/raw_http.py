"""Bytes to a server and back, without a client that would correct them."""

import asyncio


async def ask(host: str, port: int | None, request: bytes) -> bytes:
    """Return the first bytes of the answer."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(request)
    try:
        return await reader.read(4096)
    finally:
        writer.close()
        await writer.wait_closed()
