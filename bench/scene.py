"""Simulator, bridge, bare client and whoever listens to the bridge, each a process of its own."""

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from bench.marks import ENDLESS, PROMPT, Heard
from bench.processes import READY_S, Process, bridge_command, hand, said, started

TOKEN: Final = secrets.token_urlsafe(16)
LAST_WORD_S: Final = 90.0
MOST_AT_ONCE: Final = 64
"""Requests that are under way at most: a busy machine refuses more connections."""
BRIDGE, BARE, SIMULATOR = "bridge", "bare discord.py-self", "simulator"
EVENT_LOOP: Final = os.environ.get("EVENT_LOOP", "asyncio")
CHOSEN: Final = {
    "BRIDGE_JOBS__PACE_S": "0",
    "BRIDGE_CALLBACKS__ALLOW": "127.0.0.0/8",
    "BRIDGE_SERVER__EVENT_LOOP": EVENT_LOOP,
}
"""The bridge runs as `serve` does by default, but for the pause between two sends: jobs begin at once, and
callbacks may go to this machine.

Its event loop is asyncio's, unless the variable `EVENT_LOOP` names another.
"""


@dataclass(frozen=True)
class Client:
    """The bridge's HTTP API, and the simulator's."""

    http: aiohttp.ClientSession
    url: str
    world: Any

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Return status and answer of a request to the bridge."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with self.http.request(method, f"{self.url}{path}", json=body, headers=headers) as answer:
            return answer.status, json.loads(await answer.read() or b"null")

    async def order(self, method: str, path: str, body: object = None) -> Any:
        """Return what the simulator's control API answers."""
        async with self.http.request(method, f"{self.world['cdn_url']}/_sandbox/{path}", json=body) as answer:
            answer.raise_for_status()
            return json.loads(await answer.read() or b"null")

    async def as_bot(self, method: str, path: str, **body: Any) -> Any:
        """Do something as the video bot does it, over REST."""
        headers = {"Authorization": f"Bot {self.world['bot_token']}"}
        address = f"{self.world['api_url']}/v10{path}"
        async with self.http.request(method, address, headers=headers, **body) as answer:
            answer.raise_for_status()
            return await answer.json()


@dataclass(frozen=True)
class Scene:
    """Everybody who takes part. `connections` says whose each gateway connection is."""

    client: Client
    bridge_pid: int
    simulator_pid: int
    bare: Process
    reader: Process
    receiver: Process
    receiver_url: str
    channels: Sequence[str]
    connections: Mapping[int, str]

    @property
    def pids(self) -> dict[str, int]:
        """Return the processes that are compared, and the one that must not be what limits them."""
        return {BRIDGE: self.bridge_pid, BARE: self.bare.pid, SIMULATOR: self.simulator_pid}

    async def written(self, marks: Mapping[str, str]) -> dict[str, dict[str, int]]:
        """Return when which measured edit was first written to whom.

        `marks` gives the mark of an edit by its text, or by the id of its message.
        """
        written: dict[str, dict[str, int]] = {BRIDGE: {}, BARE: {}}
        for row in await self.client.order("GET", "frames"):
            whose = self.connections.get(row["connection"])
            mark = marks.get(row.get("content", "")) or marks.get(row.get("id", ""))
            if row["event"] == "MESSAGE_UPDATE" and whose and mark:
                written[whose].setdefault(mark, row["at_ns"])
        return written


@asynccontextmanager
async def scene(folder: Path, accounts: int, **settings: str) -> AsyncIterator[Scene]:
    """Start everybody with so many accounts, each in a thread of its own."""
    folder.mkdir()  # noqa: ASYNC240
    async with (
        bridge_command("sandbox-discord", folder, {}, "--accounts", str(accounts)) as simulator,
        bridge_command(
            "serve", folder, variables(simulator.facts["discord"], folder, accounts, settings)
        ) as bridge,
        started("bench.bare") as bare,
        started("bench.reader") as reader,
        started("bench.receiver") as receiver,
        aiohttp.ClientSession(trust_env=False, connector=aiohttp.TCPConnector(limit=MOST_AT_ONCE)) as http,
    ):
        world = simulator.facts["discord"]
        client = Client(http, bridge.facts["url"], world)
        await hand(bare, {"world": world, "accounts": accounts})
        await hand(reader, {"url": bridge.facts["url"], "token": TOKEN})
        async with asyncio.timeout(READY_S):
            sessions, _, receiver_url = await said(bare), await said(reader), await said(receiver)
        await client.order("POST", "limits", {"kept": False})
        connections = _whose(await client.order("GET", "frames"), sessions)
        yield Scene(
            client=client,
            bridge_pid=bridge.pid,
            simulator_pid=simulator.pid,
            bare=bare,
            reader=reader,
            receiver=receiver,
            receiver_url=receiver_url,
            channels=channels(world)[:accounts],
            connections=connections,
        )


def variables(world: Any, folder: Path, accounts: int, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the configuration of a bridge that serves so many accounts."""
    listed = [
        {"discord": account["token"], "server": world["guild_id"], "channel": channel}
        for account, channel in zip(world["accounts"], channels(world), strict=True)
    ]
    addresses = {
        f"BRIDGE_DISCORD__{name.upper()}": world[name] for name in ("api_url", "gateway_url", "cdn_url")
    }
    own = {"BRIDGE_DATA_DIR": str(folder / "bridge"), "BRIDGE_API_TOKEN": TOKEN}
    return {**addresses, **own, "BRIDGE_ACCOUNTS": json.dumps(listed[:accounts]), **CHOSEN, **settings}


def channels(world: Any) -> list[str]:
    """Return the thread of each account."""
    return [world["channel_id"], *(each["channel"] for each in world["spare_accounts"])]


def prompt(word: str = ENDLESS) -> str:
    """Return a prompt that no other is like, with one of the simulator's magic words."""
    words = (secrets.token_hex(4) for _ in range(6))
    return f"{PROMPT} {' '.join(words)} {word}"


async def heard(process: Process) -> list[Heard]:
    """Return what a listener has heard when it has heard all that it was asked for."""
    async with asyncio.timeout(LAST_WORD_S):
        return [(heard_ns, mark) for heard_ns, mark in await said(process)]


def _whose(frames: Sequence[Any], bare_sessions: Sequence[str]) -> dict[int, str]:
    ready = [row for row in frames if row["event"] == "READY"]
    return {row["connection"]: BARE if row["session_id"] in bare_sessions else BRIDGE for row in ready}
