"""What a process that listens does when it is asked: it waits for so many marks and tells when each came."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from bench.marks import Heard, tell

SILENCE_S: Final = 15.0
"""So long after the last message nothing is waited for any more."""


class Notes:
    """What has been heard and was not told yet."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[Heard] = asyncio.Queue()

    def add(self, heard_ns: int, mark: str | None) -> None:
        """Note a measured message; what has no mark is none."""
        if mark is not None:
            self._heard.put_nowait((heard_ns, mark))

    async def tell(self, count: int) -> None:
        """Tell the next messages: so many, or fewer when nothing comes any more."""
        found: list[Heard] = []
        try:
            while len(found) < count:
                async with asyncio.timeout(SILENCE_S if found else None):
                    found.append(await self._heard.get())
        except TimeoutError:
            pass
        tell(found)


async def obey(orders: Mapping[str, Callable[[Any], Awaitable[None]]]) -> None:
    """Do what each line of the standard input asks, `{"order": value}`, until it ends."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        ((name, value),) = json.loads(line).items()
        await orders[name](value)
