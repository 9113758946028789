"""The world of an acceptance test: a simulated Discord, a bridge on it, a client, a receiver of callbacks."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bridge.app.bridge import RunningBridge, running
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.logs import Redactor
from bridge.ports import Clock
from bridge.sandbox import Sandbox
from tests.tools.access import LOOPBACK, TOKEN

TERMINAL = ("completed", "failed", "moderated", "cancelled")
LIMIT_S = 30.0


@dataclass
class Answer:
    """An HTTP answer that has been read."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass
class Api:
    """A client of the bridge."""

    url: str
    http: aiohttp.ClientSession
    token: str = TOKEN

    async def call(self, method: str, path: str, **more: Any) -> Answer:
        """Return the answer to a request with the token."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        async with self.http.request(method, self.url + path, headers=headers, **more) as response:
            text = await response.text()
            return Answer(response.status, json.loads(text) if text else None, response.headers)

    async def until_known(self) -> "Api":
        """Ask until the token opens the bridge: one that another process stored is known a moment later."""
        async with asyncio.timeout(LIMIT_S):
            while (await self.get("/v2/account")).status == 401:
                pass
        return self

    async def get(self, path: str, **more: Any) -> Answer:
        """GET a path."""
        return await self.call("GET", path, **more)

    async def create(self, prompt: str, **fields: Any) -> Answer:
        """Ask for a video."""
        body = {"prompt": prompt, "style": "Realistic", **fields}
        return await self.call("POST", "/v1/pixverse/create", json=body)

    async def job(self, job_id: str) -> Any:
        """Return a job's record."""
        return (await self.get(f"/v1/pixverse/jobs/?jobid={job_id}")).body

    async def ended(self, job_id: str) -> Any:
        """Return a job's record when it has come to its end."""
        async for record in self.records(job_id=job_id, position=0):
            if record["status"] in TERMINAL:
                return record
        raise AssertionError("the stream ended")

    async def settled(self, job_id: str) -> Any:
        """Return a job's callbacks when none is pending: an outcome is stored after the receiver's answer."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                found = (await self.get(f"/v1/pixverse/callbacks?jobid={job_id}")).body["callbacks"]
                if found and all(callback["state"] != "pending" for callback in found):
                    return found
                await asyncio.sleep(0.01)

    async def records(
        self, job_id: str | None = None, position: int | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield records from the stream."""
        async for event in self.events(job_id, position):
            yield event["data"]

    async def events(
        self, job_id: str | None = None, position: int | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield what the stream sends: `id` and `data` of every event that has data.

        The limit is the client's, not the task's: one that were left armed at a `yield` would cancel whoever
        reads no further.
        """
        query = {} if job_id is None else {"jobid": job_id}
        headers = {"Authorization": f"Bearer {self.token}"}
        if position is not None:
            headers["Last-Event-ID"] = str(position)
        address = self.url + "/v1/pixverse/events"
        limit = aiohttp.ClientTimeout(total=LIMIT_S)
        async with self.http.get(address, params=query, headers=headers, timeout=limit) as response:
            event: dict[str, Any] = {}
            async for line in response.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name in ("id", "event"):
                    event[name] = value
                elif name == "data":
                    event["data"] = json.loads(value)
                elif not name:
                    if "data" in event:
                        yield event
                    event = {}


@dataclass
class Receiver:
    """A receiver of callbacks; `statuses` are answered first, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    queue: "asyncio.Queue[dict[str, Any]]" = field(default_factory=asyncio.Queue)

    async def handle(self, request: web.Request) -> web.Response:
        """Take a callback."""
        raw = await request.read()
        status = self.statuses.pop(0) if self.statuses else 200
        self.attempts.append(status)
        if status == 200:
            told = {"id": request.headers.get("webhook-id"), "job": json.loads(raw)}
            self.queue.put_nowait({**told, "body": raw, "headers": request.headers})
        return web.Response(status=status)

    async def next(self) -> dict[str, Any]:
        """Return the next callback."""
        async with asyncio.timeout(LIMIT_S):
            return await self.queue.get()


@dataclass
class Discord:
    """The simulator's control API."""

    sandbox: Sandbox
    http: aiohttp.ClientSession

    @property
    def world(self) -> Any:
        """What there is."""
        return self.sandbox.world()

    @property
    def spares(self) -> Any:
        """Accounts that nobody uses."""
        return self.sandbox.spare_accounts()

    async def interactions(self) -> Any:
        """Every interaction that was received."""
        async with self.http.get(f"{self.sandbox.url}/_sandbox/interactions") as response:
            return await response.json()

    async def frames(self) -> Any:
        """Return the last frames that were written to anyone."""
        async with self.http.get(f"{self.sandbox.url}/_sandbox/frames") as response:
            return await response.json()

    async def presences(self) -> Any:
        """Return who was connected, or sent an interaction, from when to when."""
        async with self.http.get(f"{self.sandbox.url}/_sandbox/presences") as response:
            return await response.json()

    async def runs_of(self, prompt: str) -> int:
        """How many interactions with this prompt were accepted."""
        found = await self.interactions()
        rows = found["interactions"] if isinstance(found, dict) else found
        return sum(1 for row in rows if row["accepted"] and prompt in json.dumps(row, ensure_ascii=False))

    async def made_by(self, url: str) -> str:
        """Return the id of the interaction that made a video: its bytes name it."""
        async with self.http.get(url) as response:
            return (await response.read()).partition(b"interaction=")[2].split(b" ")[0].decode()

    async def asked_for(self, url: str) -> Any:
        """Return the options of the interaction that made a video: its bytes name it."""
        made_by = await self.made_by(url)
        found = await self.interactions()
        rows = found["interactions"] if isinstance(found, dict) else found
        return next(row for row in rows if row["id"] == made_by)["options"]

    async def fault(self, name: str, **more: Any) -> None:
        """Let something go wrong."""
        address = f"{self.sandbox.url}/_sandbox/faults"
        async with self.http.post(address, json={"fault": name, **more}) as response:
            assert response.status < 300, await response.text()

    async def subscribe(self, user_id: str, premium_type: int) -> None:
        """Give an account a subscription to Nitro."""
        order = {"user_id": user_id, "premium_type": premium_type}
        async with self.http.post(f"{self.sandbox.url}/_sandbox/subscriptions", json=order) as response:
            assert response.status == 200, await response.text()

    async def faults(self) -> Any:
        """Return what goes wrong at present."""
        async with self.http.get(f"{self.sandbox.url}/_sandbox/faults") as response:
            return await response.json()

    async def heal(self) -> None:
        """Let nothing go wrong any more."""
        async with self.http.delete(f"{self.sandbox.url}/_sandbox/faults") as response:
            assert response.status < 300


def settings_for(sandbox: Sandbox, data_dir: Path, **more: Any) -> Settings:
    """Return the settings of a bridge on a simulator, with its first account."""
    world = sandbox.world()
    account = {
        "discord": world["accounts"][0]["token"],
        "server": world["guild_id"],
        "channel": world["channel_id"],
        "maxJobs": 10,
    }
    given: dict[str, Any] = {
        "server": {"port": 0},
        "data_dir": data_dir,
        "api_token": TOKEN,
        "discord": {name: world[name] for name in ("api_url", "gateway_url", "cdn_url")},
        "accounts": [account],
        "jobs": {"pace_s": 0, "patience_s": 5},
    }
    callbacks = {"allow": LOOPBACK, **more.pop("callbacks", {})}
    return Settings(**{**given, **more, "callbacks": callbacks})


@asynccontextmanager
async def bridge_on(
    sandbox: Sandbox, data_dir: Path, clock: Clock | None = None, **more: Any
) -> AsyncIterator[RunningBridge]:
    """Run a bridge on a simulator until its accounts are connected, and on."""
    async with running(
        settings_for(sandbox, data_dir, **more), Redactor(clock or SystemClock()), clock
    ) as bridge:
        await bridge.connected()
        yield bridge


@asynccontextmanager
async def a_receiver() -> AsyncIterator[Receiver]:
    """Listen for callbacks."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()
