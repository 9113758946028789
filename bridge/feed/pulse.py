"""Wakes a reader to whom nothing was sent for a while."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from bridge.feed.live import Quiet, Reader
from bridge.ports import Clock


class Pulse:
    """Is due when `pause_s` have passed on the clock since it was put off; the reader hears of it then."""

    def __init__(self, clock: Clock, reader: Reader, pause_s: float) -> None:
        self._clock = clock
        self._reader = reader
        self._pause_s = pause_s
        self._beat: asyncio.Task[None] | None = None

    @property
    def is_due(self) -> bool:
        """Whether so much time has passed."""
        return self._beat is not None and self._beat.done()

    def put_off(self) -> None:
        """Begin to count anew."""
        self.stop()
        self._beat = asyncio.create_task(self._rest(), name="pulse")

    def stop(self) -> None:
        """Count no more."""
        if self._beat is not None:
            self._beat.cancel()

    async def _rest(self) -> None:
        await self._clock.sleep(self._pause_s)
        self._reader.give(Quiet())


@contextmanager
def pulse_of(clock: Clock, reader: Reader, pause_s: float) -> Iterator[Pulse]:
    """Count for a reader while the context is open."""
    pulse = Pulse(clock, reader, pause_s)
    try:
        yield pulse
    finally:
        pulse.stop()
