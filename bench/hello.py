"""The least that an aiohttp server can do for a submit: it reads the JSON and answers with some.

Usage: python -m bench.hello. Prints its address.
"""

import asyncio

from aiohttp import web

from bench.marks import tell


async def main() -> None:
    """Answer until the process is ended."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"heard": await request.json()})

    app = web.Application()
    app.router.add_post("/v1/pixverse/create", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    tell(f"http://127.0.0.1:{runner.addresses[0][1]}")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
