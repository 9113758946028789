"""Measure, and print the figures: python -m bench [--rate 50] [--seconds 20] [--jobs 10]."""

import argparse
import asyncio
import json
import secrets
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp

from bench import fanout
from bench.figures import Spread, fsync_of, machine, show, spread_of
from bench.load import begin_jobs, edit
from bench.marks import MOST, number_of
from bench.processes import READY_S, DidNotStart, Process, bridge_command, hand, line_of, started

FOLDER: Final = Path("data")
TOKEN: Final = secrets.token_urlsafe(16)
LAST_WORD_S: Final = 45.0
FANOUT_S: Final = 5.0
MOST_FRAMES: Final = 4_500
BRIDGE, BARE = "bridge", "bare discord.py-self"
NOTES: Final = (
    "Bridge: to the line of data read by an HTTP client of the stream; the change is in SQLite by then.",
    "Bare: to the handler of a client that does nothing else, in a process of its own, on the same messages.",
    "The first second is not counted. Simulator, bridge, bare client, reader and bot are a process each.",
)


def main() -> None:
    """Read the options, measure, print."""
    options = parsed()
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="bench-", dir=FOLDER) as folder:
        disk = fsync_of(Path(folder))
        try:
            rows = asyncio.run(measured(Path(folder), options.rate, options.count, options.jobs))
        except DidNotStart as error:
            sys.exit(f"a part of the measurement did not start:\n{error}")
    title = f"From the frame written by the simulated Discord, {options.rate:g} messages a second"
    show(
        title,
        rows,
        [*NOTES, f"Measured on: {machine()}", f"fsync: p50 {disk.p50_ms:.2f} ms, p99 {disk.p99_ms:.2f} ms"],
    )
    fanout.measure(FANOUT_S)


def parsed() -> argparse.Namespace:
    """Return the options; `count` is the number of all messages, those of the first second included."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure the way of a message.")
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="for how long")
    parser.add_argument("--jobs", type=int, default=10, choices=range(1, 11), help="jobs that run at once")
    options = parser.parse_args()
    options.count = int(options.rate * (options.seconds + 1))
    if not 0 < options.count <= min(MOST_FRAMES, MOST):
        parser.error(f"at most {MOST_FRAMES} messages, the simulator keeps the times of no more")
    return options


async def measured(folder: Path, rate: float, count: int, jobs: int) -> dict[str, Spread]:
    """Run everything and return the figures."""
    async with (
        bridge_command("sandbox-discord", folder, {}) as simulator,
        bridge_command("serve", folder, variables(simulator["discord"], folder)) as bridge,
        started("bench.bare", str(count)) as bare,
        started("bench.reader", str(count), bridge["url"]) as reader,
        aiohttp.ClientSession(trust_env=False) as http,
    ):
        session_id = await begun(bare, json.dumps(simulator["discord"]))
        await begun(reader, TOKEN)
        starts = await begin_jobs(http, bridge["url"], TOKEN, jobs)
        await edit(http, simulator["discord"], starts, rate, count)
        async with asyncio.timeout(LAST_WORD_S):
            heard = {BRIDGE: await said(reader), BARE: await said(bare)}
        frames = await frames_of(http, simulator["url"])
    written = written_to(frames, session_id, skipped=int(rate))
    return {name: spread_of(written[name], heard[name]) for name in heard}


def variables(world: Any, folder: Path) -> dict[str, str]:
    """Return the configuration of the bridge: as it is by default, but for a pause between two sends."""
    account = {
        "discord": world["accounts"][0]["token"],
        "server": world["guild_id"],
        "channel": world["channel_id"],
    }
    addresses = {
        f"BRIDGE_DISCORD__{name.upper()}": world[name] for name in ("api_url", "gateway_url", "cdn_url")
    }
    own = {"BRIDGE_DATA_DIR": str(folder / "bridge"), "BRIDGE_API_TOKEN": TOKEN, "BRIDGE_JOBS__PACE_S": "0"}
    return {**addresses, **own, "BRIDGE_ACCOUNTS": json.dumps([account])}


async def begun(process: Process, secret: str) -> Any:
    """Give a listener what it must not be given on the command line; return what it says when it listens."""
    await hand(process, secret)
    async with asyncio.timeout(READY_S):
        return await said(process)


async def said(process: Process) -> Any:
    """Return the next value that a listener tells."""
    return json.loads(await line_of(process))


async def frames_of(http: aiohttp.ClientSession, simulator: str) -> list[dict[str, Any]]:
    """Return the frames that the simulator has written."""
    async with http.get(f"{simulator}/_sandbox/frames") as answer:
        rows: list[dict[str, Any]] = await answer.json()
        return rows


def written_to(frames: list[dict[str, Any]], bare_session: str, skipped: int) -> dict[str, dict[str, int]]:
    """Return for each listener when which measured text was written to it."""
    (bare,) = (row["connection"] for row in frames if row.get("session_id") == bare_session)
    written: dict[str, dict[str, int]] = {BRIDGE: {}, BARE: {}}
    for row in frames:
        text = row.get("content", "")
        if row["event"] == "MESSAGE_UPDATE" and number_of(text) >= skipped:
            written[BARE if row["connection"] == bare else BRIDGE][text] = row["at_ns"]
    return written


if __name__ == "__main__":
    main()
