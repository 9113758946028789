"""What the bot does while it is measured: it edits the first messages of running jobs, at a rate."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp

from bench.marks import marked
from bench.scene import Client, Scene, prompt

AT_ONCE: Final = 10
VIDEO: Final = b"\0\0\0\x18ftypmp42" + bytes(64)


@dataclass(frozen=True)
class Start:
    """The message that the bot began a job with."""

    channel_id: str
    message_id: str
    content: str
    prompt: str


async def begin_jobs(scene: Scene, each: int, reply_url: str | None = None) -> list[Start]:
    """Start jobs that do not end by themselves: so many in each account's thread."""
    wanted = iter([channel for _ in range(each) for channel in scene.channels])
    starts: list[Start] = []

    async def begin() -> None:
        starts.extend([await begin_job(scene.client, channel, reply_url) for channel in wanted])

    await asyncio.gather(*(begin() for _ in range(AT_ONCE)))
    return starts


async def begin_job(client: Client, channel: str, reply_url: str | None = None) -> Start:
    """Start one job."""
    said = prompt()
    order = {"prompt": said, "style": "Realistic", "channel": channel, "replyUrl": reply_url}
    order = {name: value for name, value in order.items() if value is not None}
    status, record = await client.ask("POST", "/v1/pixverse/create", order)
    if status != 200 or not record.get("messageId"):
        raise RuntimeError(f"a job did not begin: {status} {record}")
    return Start(channel, record["messageId"], record["content"], said)


async def at_rate(rate: float, count: int, act: Callable[[int], Awaitable[object]]) -> None:
    """Do something `count` times at a rate; what takes long delays none that follow."""
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async def once(number: int) -> None:
        await act(number)

    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(begun + number / rate - loop.time())
            group.create_task(once(number))


async def edit(client: Client, starts: Sequence[Start], numbers: range, rate: float) -> None:
    """Tell progress of the jobs in turn. The simulator edits by itself, a second's worth for each request.

    A request for each edit would cost the simulator more than the edit, and be what limits the rate.
    """
    second = max(1, round(rate))
    seconds = [numbers[begin : begin + second] for begin in range(0, len(numbers), second)]

    async def order(number: int) -> None:
        edits = [_edit_of(starts[each % len(starts)], each) for each in seconds[number]]
        await client.order("POST", "edits", {"edits": edits, "per_second": rate})

    await at_rate(rate / second, len(seconds), order)


async def complete(client: Client, start: Start) -> None:
    """Put the video of a job into its message."""
    author = start.content.partition(" ")[0]
    text = f"{author} (prompt: {start.prompt} style: Realistic) Author: {author})"
    await client.as_bot("PATCH", _address(start), data=video(text, f"pixverse_{start.message_id}.mp4"))


def video(text: str, name: str) -> aiohttp.FormData:
    """Return a message with a video as it is posted."""
    form = aiohttp.FormData()
    form.add_field("payload_json", aiohttp.JsonPayload({"content": text}))
    form.add_field("files[0]", VIDEO, filename=name)
    return form


def texts(starts: Sequence[Start], numbers: range) -> dict[str, str]:
    """Return the marks of the edits that are made of these messages in turn."""
    said = (marked(starts[number % len(starts)].content, number) for number in numbers)
    return {text: text for text in said}


def _address(start: Start) -> str:
    return f"/channels/{start.channel_id}/messages/{start.message_id}"


def _edit_of(start: Start, number: int) -> dict[str, str]:
    text = marked(start.content, number)
    return {"channel_id": start.channel_id, "message_id": start.message_id, "content": text}
