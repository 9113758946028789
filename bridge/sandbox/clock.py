"""The simulator's own time: every wait, every delayed act and every task goes through one object."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

__all__ = ["Clock"]


class Clock:
    """Wall time that can be moved forward, and tasks that end with the group they were born in."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._offset_ms = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._timers: set[asyncio.TimerHandle] = set()

    def now_ms(self) -> int:
        """Return the wall time in milliseconds since 1970."""
        return int(time.time() * 1000) + self._offset_ms

    def advance(self, seconds: float) -> None:
        """Move the wall time (ids, timestamps, life of links) forward; running waits are not shortened."""
        self._offset_ms += int(seconds * 1000)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run `work` beside everything else until it ends or the simulator does."""
        task = self._group.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def later(self, seconds: float, act: Callable[[], None]) -> asyncio.TimerHandle:
        """Call `act` once after a while; the handle cancels it."""

        def ring() -> None:
            self._timers.discard(timer)
            act()

        timer = asyncio.get_running_loop().call_later(seconds, ring)
        self._timers.add(timer)
        return timer

    def forget(self, timer: asyncio.TimerHandle | None) -> None:
        """Cancel an act that `later` promised."""
        if timer is not None:
            timer.cancel()
            self._timers.discard(timer)

    def stop(self) -> None:
        """Cancel every wait and every task."""
        for timer in self._timers:
            timer.cancel()
        for task in self._tasks:
            task.cancel()
