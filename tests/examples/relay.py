"""A wire between an example and the bridge that passes every byte on and reads the status of the answer."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

STATUS_LINE: Final = re.compile(rb"HTTP/1\.1 (?!1)(\d{3}) ")
PATIENCE_S: Final = 30


class Relay:
    """An address that stands for the bridge's."""

    def __init__(self, bridge: str) -> None:
        self.url = ""
        self._bridge = urlsplit(bridge)
        self._statuses: asyncio.Queue[int] = asyncio.Queue()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on until one side ends it, then tell the status of its answer."""
        answers, questions = await asyncio.open_connection(self._bridge.hostname, self._bridge.port)
        _, answer = await asyncio.gather(passed_on(reader, questions), passed_on(answers, writer))
        found = STATUS_LINE.search(answer)
        self._statuses.put_nowait(int(found[1]) if found else 0)

    async def status(self) -> int:
        """Return the status that the next connection has been answered with; 0 for none."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._statuses.get()


async def passed_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> bytes:
    """Pass bytes on to their end, and return them all."""
    seen = b""
    try:
        while part := await source.read(65536):
            seen += part
            target.write(part)
    finally:
        target.close()
    return seen


@asynccontextmanager
async def relay_to(bridge: str) -> AsyncIterator[Relay]:
    """Stand for the bridge while the context is open."""
    relay = Relay(bridge)
    async with await asyncio.start_server(relay.connect, "127.0.0.1", 0) as server:
        relay.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield relay
