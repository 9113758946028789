"""Bells within one process."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from bridge.ports import Clock

MOST_CARRIED: Final = 1_000


class LocalEar:
    """One listener, waited on by one task at a time; several rings before a wait count as one.

    A wait is a future and a timer: there are too many of them for a task each.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._was_rung = False
        self._waking: asyncio.Future[None] | None = None
        self._carried: list[object] = []

    def hear(self, carried: object = None) -> None:
        """Note a ring; when too many were heard since they were asked for, one without anything is left."""
        self._was_rung = True
        if len(self._carried) >= MOST_CARRIED:
            self._carried = [None]
        self._carried.append(carried)
        self._wake()

    async def wait(self, seconds: float) -> bool:
        """Return True on a ring, False after `seconds` of the clock."""
        if not self._was_rung:
            await self._rest(seconds)
        was_rung, self._was_rung = self._was_rung, False
        return was_rung

    def carried(self) -> Sequence[object]:
        """Return what the rings since the last call carried; they have been heard by that."""
        found, self._carried = self._carried, []
        self._was_rung = False
        return found

    async def _rest(self, seconds: float) -> None:
        self._waking = asyncio.get_running_loop().create_future()
        limit = self._clock.call_later(seconds, self._wake)
        try:
            await self._waking
        finally:
            limit.cancel()
            self._waking = None

    def _wake(self) -> None:
        if self._waking is not None and not self._waking.done():
            self._waking.set_result(None)


class LocalBells:
    """Bells for everyone in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ears: defaultdict[str, set[LocalEar]] = defaultdict(set)

    def ring(self, name: str, carried: object = None) -> None:
        """Wake everyone who listens for `name`."""
        for ear in list(self._ears.get(name, ())):
            ear.hear(carried)

    @contextmanager
    def listen(self, *names: str) -> Iterator[LocalEar]:
        """Listen for any of `names` while the context is open."""
        ear = LocalEar(self._clock)
        for name in names:
            self._ears[name].add(ear)
        try:
            yield ear
        finally:
            self._forget(ear, names)

    def _forget(self, ear: LocalEar, names: tuple[str, ...]) -> None:
        for name in names:
            self._ears[name].discard(ear)
            if not self._ears[name]:
                del self._ears[name]
