"""Readers of the stream who reconnect anywhere: each has to see every position once and in order.

Notices about accounts have no position: only who is connected gets them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import aiohttp

from tests.tools.world import Api


@dataclass
class Follower:
    """A reader from one position on."""

    name: str
    anywhere: Callable[[], Api]
    changes_after: int
    """After how many events it goes to another bridge by itself."""
    start: int
    seen: list[int] = field(default_factory=list)
    resets: int = 0
    connections: int = 0

    @property
    def position(self) -> int:
        """The last position that it has seen."""
        return self.seen[-1] if self.seen else self.start

    async def follow(self, pause: Callable[[float], Any]) -> None:
        """Read until cancelled; whatever ends a connection, go on elsewhere."""
        while True:
            self.connections += 1
            try:
                await self._read(self.anywhere())
            except (aiohttp.ClientError, TimeoutError, OSError, AssertionError):
                await pause(0.2)

    async def _read(self, api: Api) -> None:
        came = 0
        async for event in api.events(position=self.position):
            if event.get("event") == "reset":
                self.resets += 1
            if "id" in event:
                self.seen.append(int(event["id"]))
                came += 1
            if came >= self.changes_after:
                return

    def broken(self, kept: Sequence[int]) -> list[str]:
        """Return a sentence for each way in which it saw another log than the one that was kept."""
        missed = sorted(set(kept) - set(self.seen))
        unknown = sorted(set(self.seen) - set(kept))
        behind = [f"{one} before {other}" for one, other in pairwise(self.seen) if one >= other]
        found = {
            f"{self.name} never saw {missed[:5]} of {len(missed)} positions": missed,
            f"{self.name} saw {unknown[:5]}, which are not in the log": unknown,
            f"{self.name} saw {behind[:3]}": behind,
            f"{self.name} was told {self.resets} times that its position is lost": self.resets,
        }
        return [sentence for sentence, is_so in found.items() if is_so]


@asynccontextmanager
async def following(followers: Sequence[Follower], pause: Callable[[float], Any]) -> AsyncIterator[None]:
    """Let the readers read while the context is open."""
    tasks = [asyncio.create_task(one.follow(pause), name=one.name) for one in followers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
