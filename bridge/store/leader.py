"""Work that only one of the processes that share a database does at a time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias

Work: TypeAlias = Callable[[], Coroutine[Any, Any, None]]


class Leader(Protocol):
    """Decides which process does it."""

    async def lead(self, *works: Work) -> None:
        """Run `works` side by side while this process leads, until cancelled."""
        ...


class OnlyProcess:
    """Always leads: no other process can use the database."""

    async def lead(self, *works: Work) -> None:
        """Run `works` side by side."""
        await side_by_side(*works)


def led(leader: Leader, *works: Work) -> Work:
    """Return work that runs `works` while this process leads."""

    async def lead() -> None:
        await leader.lead(*works)

    return lead


async def side_by_side(*works: Work) -> None:
    """Run `works` until cancelled; if one raises, the others end."""
    async with asyncio.TaskGroup() as tasks:
        for work in works:
            tasks.create_task(work(), name=work.__qualname__)
