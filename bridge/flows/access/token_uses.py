"""When each token was used last, to the minute: stored in groups, never with a request."""

import asyncio
from typing import Final

import structlog

from bridge.access.api_token import ApiToken
from bridge.ports import MINUTE_MS, Clock
from bridge.store.database import Database, StoreUnavailable
from bridge.store.rows import api_tokens

log = structlog.get_logger(__name__)

GATHERING_S: Final = 1.0
"""How long the first use of a minute waits for those of other tokens."""


class TokenUses:
    """Stores the last use of every token: at most one write a second, and one a minute for each token."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._noted: dict[str, int] = {}
        self._waiting: dict[str, int] = {}
        self._is_any = asyncio.Event()

    def note(self, token: ApiToken) -> None:
        """Note that a token is used now."""
        minute_ms = self._clock.now_ms() // MINUTE_MS * MINUTE_MS
        if minute_ms > self._noted.get(token.id, token.used_ms or 0):
            self._noted[token.id] = self._waiting[token.id] = minute_ms
            self._is_any.set()

    async def run(self) -> None:
        """Store what was noted until cancelled, and what is left then."""
        try:
            while True:
                await self._is_any.wait()
                await self._clock.sleep(GATHERING_S)
                await self._keep()
        finally:
            await self._keep()

    async def _keep(self) -> None:
        """Store what was noted; what cannot be stored is noted again with the next use of a later minute."""
        self._is_any.clear()
        used_ms, self._waiting = self._waiting, {}
        if not used_ms:
            return
        try:
            await self._database.write(lambda tx: api_tokens.keep_uses(tx, used_ms))
        except StoreUnavailable as error:
            log.warning("token_uses_were_not_kept", reason=str(error))
