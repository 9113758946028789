"""Submits over HTTP, beside the same commands of the bare library and an aiohttp server that only answers.

Each submit and each command waits until the bot has answered; the bot refuses, so that the job ends and its
slot is free again. Nothing is left to do when the last answer has come.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import aiohttp

from bench.figures import ms, ratio
from bench.host import usage_of
from bench.processes import hand, said, started
from bench.scene import BARE, BRIDGE, Scene, prompt, scene
from bench.tables import Table

ACCOUNTS: Final = 10
REFUSED: Final = "#moderated"
NOTES: Final = (
    "A submit is answered when its job was kept, sent, answered by the bot, and has ended in SQLite.",
    "Bare: the library's own slash command, awaited until the bot has answered. The bot thinks 0 to 0.2 s.",
    "CPU: of the whole process, for one submit.",
)


async def measure(folder: Path, count: int, at_once: int) -> Table:
    """Submit, post and ask as often as `count` says, `at_once` at a time."""
    async with scene(folder, ACCOUNTS) as everybody:
        await submitted(everybody, at_once, at_once)
        rows = {
            BRIDGE: await of_bridge(everybody, count, at_once),
            BARE: await of_bare(everybody, count, at_once),
        }
    rows["aiohttp hello world"] = await of_hello(count, at_once)
    bare_rate, bare_cpu = rows[BARE]
    shown = [
        [name, f"{rate:.0f}/s", f"{rate / bare_rate:.0%}", ms(cpu_ms), ratio(cpu_ms, bare_cpu)]
        for name, (rate, cpu_ms) in rows.items()
    ]
    title = f"{count} submits with {ACCOUNTS} accounts, {at_once} at a time"
    return Table(title, ("", "rate", "of the bare", "CPU each", "of the bare"), shown, NOTES)


async def of_bridge(everybody: Scene, count: int, at_once: int) -> tuple[float, float]:
    """Return the rate of submits, and the CPU that each cost."""
    before = usage_of(everybody.bridge_pid)
    took_s = await submitted(everybody, count, at_once)
    return count / took_s, usage_of(everybody.bridge_pid).cpu_ms_since(before, count)


async def of_bare(everybody: Scene, count: int, at_once: int) -> tuple[float, float]:
    """Return the same of the library's slash commands."""
    for number in (at_once, count):
        before = usage_of(everybody.bare.pid)
        await hand(everybody.bare, {"post": {"prompts": prompts(number), "at_once": at_once}})
        took_s = await said(everybody.bare)
    return count / took_s, usage_of(everybody.bare.pid).cpu_ms_since(before, count)


async def of_hello(count: int, at_once: int) -> tuple[float, float]:
    """Return the same of a server that only reads JSON and answers."""
    async with started("bench.hello") as hello, aiohttp.ClientSession(trust_env=False) as http:
        url = await said(hello)

        async def post(words: str) -> int:
            address, body = f"{url}/v1/pixverse/create", {"prompt": words, "style": "Realistic"}
            async with http.post(address, json=body) as answer:
                await answer.read()
                return answer.status

        before, begun = usage_of(hello.pid), time.perf_counter()
        await side_by_side(prompts(count), at_once, post)
        took_s = time.perf_counter() - begun
        return count / took_s, usage_of(hello.pid).cpu_ms_since(before, count)


async def submitted(everybody: Scene, count: int, at_once: int) -> float:
    """Submit to any account; return how many seconds it took."""

    async def submit(words: str) -> int:
        order = {"prompt": words, "style": "Realistic"}
        return (await everybody.client.ask("POST", "/v1/pixverse/create", order))[0]

    begun = time.perf_counter()
    statuses = await side_by_side(prompts(count), at_once, submit)
    if any(status in (429, 503) or status >= 500 for status in statuses):
        raise RuntimeError(f"submits were refused: {dict(statuses)}")
    return time.perf_counter() - begun


async def side_by_side(
    words: Sequence[str], at_once: int, act: Callable[[str], Awaitable[int]]
) -> Counter[int]:
    """Do something with each prompt, so many at a time; count the statuses."""
    left, statuses = iter(words), Counter[int]()

    async def one() -> None:
        for each in left:
            statuses[await act(each)] += 1

    await asyncio.gather(*(one() for _ in range(at_once)))
    return statuses


def prompts(count: int) -> list[str]:
    """Return prompts that the bot refuses."""
    return [prompt(REFUSED) for _ in range(count)]
