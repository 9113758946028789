"""Whether a bridge can do its work: a look at each part that it needs, whoever asks."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.accounts.condition import Condition
from bridge.ports import Clock
from bridge.store.database import Database, StoreUnavailable
from bridge.store.rows import accounts, schema_version
from bridge.store.rows.meta import try_to_write

LOOK_S: Final = 2.0
"""How long each look at the database may take."""
FRESH_MS: Final = 1_000
"""How long what was found is given again: anyone may ask, and each look is a commit."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it is as it should be, and what was found."""

    name: str
    is_ok: bool
    text: str


class Readiness:
    """Looks at the parts. `schema` is the number that this code needs."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        condition: Callable[[int], Condition | None],
        is_stopping: Callable[[], bool],
        schema: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._condition = condition
        self._is_stopping = is_stopping
        self._schema = schema
        self._looking = asyncio.Lock()
        self._looked_ms: int | None = None
        self._found: Sequence[Check] = ()

    async def checks(self) -> Sequence[Check]:
        """Return what was found."""
        is_stopping = self._is_stopping()
        text = "the bridge is stopping" if is_stopping else "it runs"
        return [*await self._looked(), Check("stopping", not is_stopping, text)]

    async def _looked(self) -> Sequence[Check]:
        """Return what the database says, once a second at most."""
        async with self._looking:
            now_ms = self._clock.monotonic_ms()
            if self._looked_ms is None or now_ms - self._looked_ms >= FRESH_MS:
                self._found = await asyncio.gather(self._store(), self._migrated(), self._connected())
                self._looked_ms = self._clock.monotonic_ms()
            return self._found

    async def _store(self) -> Check:
        async def look() -> str | None:
            await self._database.write(try_to_write)
            return None

        return await _check("store", "the database can be written", look)

    async def _migrated(self) -> Check:
        async def look() -> str | None:
            found = await self._database.read(schema_version.of)
            is_fitting = found.oldest <= self._schema <= found.number
            return None if is_fitting else "the schema of the database is not one of this version"

        return await _check("schema", "the database has the schema of this version", look)

    async def _connected(self) -> Check:
        async def look() -> str | None:
            places = await self._database.read(accounts.listed)
            conditions = [self._condition(place.account) for place in places]
            is_any = not places or any(one is not None and one.hears for one in conditions)
            return None if is_any else "no account is connected"

        return await _check("accounts", "an account is connected, or none is configured", look)


async def _check(name: str, text: str, look: Callable[[], Awaitable[str | None]]) -> Check:
    """Look; what is found says why it is not as `text` says, and is None if it is."""
    try:
        async with asyncio.timeout(LOOK_S):
            wrong = await look()
    except StoreUnavailable:
        wrong = "the database is not available"
    except TimeoutError:
        wrong = f"the database has not answered within {LOOK_S:g} seconds"
    return Check(name, wrong is None, wrong or text)
