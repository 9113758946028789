"""Clients that read their answers too slowly, or not at all: their connections are cut."""

import asyncio
from collections.abc import Callable

from bridge.api.http.options import Limits
from bridge.api.http.sockets import reset


class SlowReader:
    """Checks one client after an answer until it has read all of it; `unread` returns how much is left."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        limits: Limits,
        line: asyncio.Transport,
        unread: Callable[[], int],
    ) -> None:
        self._loop = loop
        self._limits = limits
        self._line = line
        self._unread = unread
        self._check: asyncio.TimerHandle | None = None
        self._since = 0.0
        self._unread_before: int | None = None

    def watch(self) -> None:
        """Begin with an answer that is about to be written."""
        if self._check is None or not self._unread():
            self._since = self._loop.time()
        if self._check is None:
            self._unread_before = None
            self._check = self._loop.call_later(self._limits.reads_nothing_s, self._look)

    def has_read(self) -> None:
        """Remember that the client has read something: what is written next may hide it from the check."""
        self._unread_before = None

    def stop(self) -> None:
        """End with the connection."""
        if self._check is not None:
            self._check.cancel()

    def _look(self) -> None:
        """Cut a client that read nothing since the last look, or is too slow; look again while it reads."""
        self._check = None
        unread = self._unread()
        reads_nothing = self._unread_before is not None and unread >= self._unread_before
        is_too_slow = self._loop.time() - self._since >= self._limits.answer_s
        if unread and (reads_nothing or is_too_slow):
            reset(self._line)
        elif unread:
            self._unread_before = unread
            self._check = self._loop.call_later(self._limits.reads_nothing_s, self._look)
