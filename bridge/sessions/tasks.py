"""Owns the tasks of all connections: none outlives the owner, and an exception in one is raised in it."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any

from bridge.grace import CONNECTIONS_S


class Tasks:
    """A task group that ends its tasks on exit; enter it before the first task is started."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._running: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> "Tasks":
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all tasks: a token that is being stored may finish, the others are cancelled."""
        if self._running:
            await asyncio.wait(self._running, timeout=CONNECTIONS_S)
        for task in self._running:
            task.cancel()
        await self._group.__aexit__(kind, error, trace)

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Start `work` as a task of this group."""
        task = self._group.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task
