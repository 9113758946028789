"""What the bot does while it is measured: it edits the first messages of running jobs, in turn, at a rate."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.marks import PROMPT, marked


@dataclass(frozen=True)
class Start:
    """The message that the bot began a job with."""

    message_id: str
    content: str


async def begin_jobs(http: aiohttp.ClientSession, url: str, token: str, jobs: int) -> list[Start]:
    """Start jobs that do not end by themselves."""
    order = {"prompt": PROMPT, "style": "Realistic"}
    headers = {"Authorization": f"Bearer {token}"}
    starts: list[Start] = []
    for _ in range(jobs):
        async with http.post(f"{url}/v1/pixverse/create", json=order, headers=headers) as answer:
            record = await answer.json()
            starts.append(Start(record["messageId"], record["content"]))
    return starts


async def edit(
    http: aiohttp.ClientSession, world: Any, starts: Sequence[Start], rate: float, count: int
) -> None:
    """Edit as the bot does, over REST, `count` times; a call that takes long delays none that follow.

    The simulator keeps Discord's limit of a bot's edits unless it is told not to.
    """
    await http.post(f"{world['cdn_url']}/_sandbox/limits", json={"kept": False})
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(begun + number / rate - loop.time())
            group.create_task(edit_once(http, world, starts[number % len(starts)], number))


async def edit_once(http: aiohttp.ClientSession, world: Any, start: Start, number: int) -> None:
    """Edit one message."""
    address = f"{world['api_url']}/v10/channels/{world['channel_id']}/messages/{start.message_id}"
    headers = {"Authorization": f"Bot {world['bot_token']}"}
    body = {"content": marked(start.content, number)}
    async with http.patch(address, json=body, headers=headers) as answer:
        answer.raise_for_status()
