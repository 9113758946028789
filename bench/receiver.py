"""A receiver of callbacks that answers at once and notes when each has been read.

Usage: python -m bench.receiver. Prints its address; then each line `{"hear": N}` asks for the next N.
"""

import asyncio
import json
import time

from aiohttp import web

from bench.listening import Notes, obey
from bench.marks import mark_of, tell


async def main() -> None:
    """Receive until the process is ended."""
    notes = Notes()

    async def receive(request: web.Request) -> web.Response:
        body, read_ns = await request.read(), time.monotonic_ns()
        notes.add(read_ns, mark_of(json.loads(body), "messageId"))
        return web.Response()

    app = web.Application()
    app.router.add_post("/", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    tell(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    await obey({"hear": notes.tell})


if __name__ == "__main__":
    asyncio.run(main())
