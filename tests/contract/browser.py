"""A headless Chromium, driven over its own debugging protocol."""

import asyncio
import itertools
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
)
LIMIT_S = 30.0


class Browser:
    """One tab; `told` is what its console and its log said."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.told: list[str] = []
        self.asked: list[str] = []

    async def call(self, method: str, **params: Any) -> Any:
        """Return what the browser answers to a command; hear what it says meanwhile."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = json.loads(await self._socket.receive_str())
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]
            self._hear(message)

    async def value(self, script: str) -> Any:
        """Return what a script, or the promise that it gives, comes to."""
        found = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def until(self, condition: str) -> None:
        """Return when a condition on the page holds."""
        await self.value(
            f"""new Promise(done => {{
                const look = () => ({condition}) ? done(true) : requestAnimationFrame(look);
                look();
            }})"""
        )

    def _hear(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        if message["method"] == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif message["method"] in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
            self.told.append(json.dumps(params))


@asynccontextmanager
async def a_browser(profile: Path, http: aiohttp.ClientSession) -> AsyncIterator[Browser]:
    """Run Chromium with an empty tab."""
    process = await asyncio.create_subprocess_exec(
        str(PROGRAM),
        *OPTIONS,
        f"--user-data-dir={profile}",
        "--remote-debugging-port=0",
        "--window-size=1280,2400",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            async with http.ws_connect(await _tab(process, http), max_msg_size=0) as socket:
                browser = Browser(socket)
                for domain in ("Page", "Runtime", "Log", "Network"):
                    await browser.call(f"{domain}.enable")
                yield browser
    finally:
        process.kill()
        await process.communicate()


async def _tab(process: asyncio.subprocess.Process, http: aiohttp.ClientSession) -> str:
    """Return the address of the tab: the browser says on stderr where it listens."""
    assert process.stderr is not None
    async for line in process.stderr:
        _, found, address = line.decode(errors="replace").partition("DevTools listening on ws://")
        if found:
            async with http.get(f"http://{address.partition('/')[0]}/json/list") as response:
                tabs = await response.json()
            return next(str(tab["webSocketDebuggerUrl"]) for tab in tabs if tab["type"] == "page")
    raise AssertionError("the browser ended")
