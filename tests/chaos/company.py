"""Receivers in a process of their own, so that what they cost is not the bridge's.

`python -m tests.chaos.company` says on which ports they listen, then does what each line of its input says.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from tests.tools.processes import ROOT
from tests.tools.receivers import Answer, Receiver, dripping, receiving, silence, status

HEALTHY: Final = "healthy"
ANSWERS: Final[Mapping[str, Answer]] = {
    "refuse": status(500),
    "hang": silence,
    "drip": dripping("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "redirect": status(307, Location="/elsewhere"),
    "fail": status(500),
    HEALTHY: status(200),
}
LIMIT_S: Final = 60.0
LONGEST_LINE: Final = 2**26


@dataclass(frozen=True)
class Company:
    """The process as those see it who started it: `ports` by way of behaving."""

    process: asyncio.subprocess.Process
    ports: Mapping[str, int]

    async def misbehave(self) -> None:
        """Let each be hostile in its way."""
        await self._told("misbehave")

    async def say_gone(self) -> None:
        """Let go of what is held, and answer 410 from now on."""
        await self._told("say_gone")

    async def held(self, way: str, count: int) -> None:
        """Return when one holds so many callbacks at a time, under all its addresses."""
        await self._told(f"held {way} {count}")

    async def taken(self, count: int) -> Mapping[str, int]:
        """Return when the healthy one has taken so many: monotonic nanoseconds by id of each that came."""
        return await self._told(f"taken {count}")  # type: ignore[no-any-return]

    async def _told(self, line: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        return await _answer(self.process)


@asynccontextmanager
async def company(ways: Sequence[str]) -> AsyncIterator[Company]:
    """Run a process with these receivers."""
    pipe = asyncio.subprocess.PIPE
    arguments = (sys.executable, "-m", "tests.chaos.company", *ways)
    process = await asyncio.create_subprocess_exec(
        *arguments, cwd=ROOT, stdin=pipe, stdout=pipe, limit=LONGEST_LINE
    )
    try:
        yield Company(process, await _answer(process))
    finally:
        process.kill()
        await process.wait()


async def _answer(process: asyncio.subprocess.Process) -> Any:
    assert process.stdout is not None
    async with asyncio.timeout(LIMIT_S):
        return json.loads(await process.stdout.readline())


@dataclass(frozen=True)
class Crew:
    """The receivers within their process, by way of behaving."""

    receivers: Mapping[str, Receiver]

    async def obey(self, order: str, *more: str) -> Any:
        """Do what one line says, and return what is to be answered."""
        match order, *more:
            case "misbehave", *_:
                return await self._misbehave()
            case "say_gone", *_:
                return await self._say_gone()
            case "held", way, count:
                return await self._held(self.receivers[way], int(count))
            case _, count:
                posts = await self.receivers[HEALTHY].got(int(count))
                return {post.id: post.at_ns for post in posts}

    async def _misbehave(self) -> None:
        for way, receiver in self.receivers.items():
            receiver.answer = ANSWERS[way]
            if way == "refuse":
                await receiver.refuse()

    async def _say_gone(self) -> None:
        for receiver in self.receivers.values():
            receiver.answer = status(410)
            await receiver.refuse()
            await receiver.listen()

    async def _held(self, receiver: Receiver, count: int) -> None:
        come = len(receiver.posts)
        while receiver.at_once < count:
            come += 1
            await receiver.got(come)


async def serve(ways: Sequence[str]) -> None:
    """Listen under every address of this machine, and obey until the input ends."""
    async with AsyncExitStack() as stack:
        running_accounts = Crew({way: await _listening(stack, way) for way in ways})
        _say({way: receiver.port for way, receiver in running_accounts.receivers.items()})
        orders = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
        )
        async for line in orders:
            _say(await running_accounts.obey(*line.decode().split()))


async def _listening(stack: AsyncExitStack, way: str) -> Receiver:
    return await stack.enter_async_context(receiving(ANSWERS[way], host="0.0.0.0"))


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
