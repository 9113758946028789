"""For how long an account has listened, counted over restarts: the bot's silence is measured by it."""

from typing import Final

from bridge.accounts.account import Account
from bridge.accounts.stopwatch import Stopwatch
from bridge.ports import Clock
from bridge.store.database import Database
from bridge.store.rows import accounts

SAVE_MS: Final = 30_000
"""How often the time is saved: a crash sets it back by as much, and jobs wait longer."""


class ListeningTime:
    """Counts while an account is connected."""

    def __init__(self, account: Account, database: Database, clock: Clock) -> None:
        self._account = account.id
        self._database = database
        self._clock = clock
        self._stopwatch = Stopwatch(account.listened_ms)
        self._saved_ms = clock.monotonic_ms() - SAVE_MS

    def start(self) -> None:
        """Count from now on."""
        self._stopwatch.start(self._clock.monotonic_ms())

    def tick(self) -> None:
        """Add what has passed since the last tick, if it counts."""
        self._stopwatch.tick(self._clock.monotonic_ms())

    def stop(self) -> None:
        """Stand still from now on."""
        self._stopwatch.stop(self._clock.monotonic_ms())

    def total_ms(self) -> int:
        """Return the time counted so far."""
        return self._stopwatch.total_ms(self._clock.monotonic_ms())

    async def save(self) -> None:
        """Save the time if it was not saved a moment ago."""
        now_ms, listened_ms = self._clock.monotonic_ms(), self.total_ms()
        if now_ms - self._saved_ms >= SAVE_MS:
            await self._database.write(lambda tx: accounts.keep_listened(tx, self._account, listened_ms))
            self._saved_ms = now_ms
