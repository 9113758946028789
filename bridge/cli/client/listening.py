"""`listen`: receives callbacks on loopback, verifies and shows them, and passes them on if that is wished.

First it lets the bridge send a test callback, so that it can say whether callbacks arrive, and if not, why.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from aiohttp import web

from bridge.cli.client.job_view import line
from bridge.cli.client.output import Output
from bridge.cli.client.talking import talk
from bridge.cli.client.target import Given, checked_url
from bridge.client import Client, ClientError, InvalidCallback, Job, Rejected, verify_callback
from bridge.errors import AddressError, why_not_listening

HOST: Final = "127.0.0.1"
PATH: Final = "/callback"
TEST: Final = "/test"
MOST_BYTES: Final = 4 * 1024 * 1024
FORWARD_S: Final = 20.0
PASSED_ON: Final = ("content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature")


def listen(given: Given, port: int, forward_to: str | None) -> None:
    """Receive callbacks until Ctrl-C."""
    target = checked_forward(forward_to)

    async def work(client: Client, output: Output) -> None:
        secret = await client.webhook_secret()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=FORWARD_S)) as http:
            receiver = Receiver(client, output, secret, http, target)
            async with listening(receiver, port) as address:
                output.note(f"Listening. Submit jobs with replyUrl {address}{PATH}; Ctrl-C ends it.")
                await try_out(client, output, address)
                await asyncio.Event().wait()

    talk(given, work, is_endless=True)


def checked_forward(url: str | None) -> str | None:
    """Return the URL to pass callbacks on to; raises `ConfigurationError` if it is none."""
    if url is None:
        return None
    checked_url(url.partition("?")[0], "--forward-to")
    return url


class Receiver:
    """Answers callbacks: 401 if the bridge did not sign them."""

    def __init__(
        self, client: Client, output: Output, secret: str, http: aiohttp.ClientSession, forward_to: str | None
    ) -> None:
        self._client = client
        self._output = output
        self._secret = secret
        self._http = http
        self._forward_to = forward_to

    async def take(self, request: web.Request) -> web.Response:
        """Verify, show and pass on a callback."""
        body = await request.read()
        try:
            job = await self._verified(body, request)
        except InvalidCallback as error:
            self._output.note(f"Refused a POST that is no callback of this bridge: {error}")
            return web.Response(status=401)
        except ClientError as error:
            self._output.note(f"Refused a POST that the secret of before did not sign: {error}")
            return web.Response(status=503)
        self._show(job)
        if self._forward_to is None:
            return web.Response()
        return await self._passed_on(body, request, self._forward_to)

    async def take_test(self, _request: web.Request) -> web.Response:
        """Answer the test callback of the start."""
        return web.Response()

    async def _verified(self, body: bytes, request: web.Request) -> Job:
        """Return the job; a secret that was replaced meanwhile is read again."""
        try:
            return verify_callback(body, request.headers, self._secret)
        except InvalidCallback:
            self._secret = await self._client.webhook_secret()
            return verify_callback(body, request.headers, self._secret)

    def _show(self, job: Job) -> None:
        if self._output.as_json:
            self._output.json(job.raw)
        else:
            self._output.text(line(job))

    async def _passed_on(self, body: bytes, request: web.Request, url: str) -> web.Response:
        """Return the receiver's status, so that the bridge tries again what it did not take."""
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        try:
            async with self._http.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            self._output.note(f"  not passed on to {url}: {error or 'no answer in time'}")
            return web.Response(status=502)
        self._output.note(f"  passed on to {url}: {status}")
        return web.Response(status=status)


@asynccontextmanager
async def listening(receiver: Receiver, port: int) -> AsyncIterator[str]:
    """Listen on loopback; yields the address."""
    app = web.Application(client_max_size=MOST_BYTES)
    app.router.add_post(PATH, receiver.take)
    app.router.add_post(TEST, receiver.take_test)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    except OSError as error:
        raise AddressError(f"cannot listen on {HOST}:{port}: {why_not_listening(error)}") from None
    finally:
        await runner.cleanup()


async def try_out(client: Client, output: Output, address: str) -> None:
    """Let the bridge send a test callback here, and say what to do if it does not arrive."""
    try:
        tried = await client.test_callback(address + TEST)
    except Rejected as error:
        output.note(f"The bridge does not send callbacks here: {error}", style="yellow")
        output.note("Allow receivers on its own machine: start it with BRIDGE_CALLBACKS__ALLOW=127.0.0.1/32,")
        output.note("or set callbacks.allow in config.yaml. The sandbox allows them already.")
        return
    if tried.is_delivered:
        output.note("A test callback of the bridge arrived.", style="green")
    else:
        output.note(f"A test callback did not arrive: {tried.explanation}", style="yellow")
        output.note("This address is that of your machine: the bridge has to run on the same one.")
