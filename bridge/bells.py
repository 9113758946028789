"""Bells within one process."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from bridge.ports import Clock


class LocalEar:
    """One listener; several rings before a wait count as one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()

    def hear(self) -> None:
        """Note a ring."""
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        """Return True on a ring, False after `seconds` of the clock."""
        ring = asyncio.ensure_future(self._rung.wait())
        limit = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait({ring, limit}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ring.cancel()
            limit.cancel()
        was_rung = self._rung.is_set()
        self._rung.clear()
        return was_rung


class LocalBells:
    """Bells for everyone in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ears: defaultdict[str, set[LocalEar]] = defaultdict(set)

    def ring(self, name: str) -> None:
        """Wake everyone who listens for `name`."""
        for ear in list(self._ears.get(name, ())):
            ear.hear()

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
