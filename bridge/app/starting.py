"""A start on a database that is too busy: it tries again for a while, and says so once."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

from bridge.errors import DataError
from bridge.ports import Clock
from bridge.store.database import StoreUnavailable

log = structlog.get_logger(__name__)

PAUSE_S: Final = 0.5
Value = TypeVar("Value")


async def when_usable(work: Callable[[], Awaitable[Value]], clock: Clock, patience_s: float) -> Value:
    """Return the result of `work`, begun again while the database is away or too busy; raises `DataError`."""
    until_ms = clock.monotonic_ms() + round(patience_s * 1000)
    is_told = False
    while True:
        try:
            return await work()
        except StoreUnavailable as error:
            if clock.monotonic_ms() >= until_ms:
                raise DataError(f"The database cannot be used: {error}.") from error
            if not is_told:
                log.warning("database_is_too_busy", reason=str(error), tried_again_for_s=patience_s)
            is_told = True
        await clock.sleep(PAUSE_S)
