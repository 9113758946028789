"""Runs what a bridge does in the background, until it stops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def at_work(*works: Callable[[], Awaitable[None]]) -> AsyncIterator[Callable[[], None]]:
    """Run the background parts; if one dies, the bridge ends.

    Yields a function that cancels them. They are cancelled once, and the context exits when they have ended:
    a second cancellation, as by a task group that is left early, would interrupt their cleanup.
    """
    is_told = False

    async def work_on(work: Callable[[], Awaitable[None]]) -> None:
        await work()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work_on(work), name=work.__qualname__) for work in works]

        def stop() -> None:
            nonlocal is_told
            for task in tasks if not is_told else ():
                task.cancel()
            is_told = True

        try:
            yield stop
        finally:
            stop()
            await asyncio.wait(tasks)
