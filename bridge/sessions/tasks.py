"""Owns the tasks of all connections: none outlives the owner, none that fails takes others with it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from bridge.sessions.trouble import trace_of

log = structlog.get_logger(__name__)

GRACE_S: Final = 0.5
CANCEL_LIMIT_S: Final = 1.0


class Tasks:
    """Named tasks that are ended together."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Start `work` and own it until it is done."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._forget)
        return task

    async def aclose(self) -> None:
        """End all: what is nearly done (a token being stored) may finish, the rest is cancelled."""
        if self._running:
            await asyncio.wait(self._running, timeout=GRACE_S)
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=CANCEL_LIMIT_S)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task_failed", task=task.get_name(), trace=trace_of(error))
