"""Stores where another process can resume the gateway session of an account, should this one die."""

import asyncio
from typing import Final

import structlog

from bridge.chat import GatewaySession
from bridge.flows.context import AccountContext
from bridge.grace import SESSION_S
from bridge.store.database import Database, StoreUnavailable
from bridge.store.rows import gateway_sessions

log = structlog.get_logger(__name__)

SAVE_MS: Final = 30_000
"""How often it is stored: Discord repeats the events since then."""


class KeptSession:
    """The gateway session of one account. `is_kept`: other processes share the database.

    `handing_over`: the database under the account's lease, over connections on which nobody waits long.
    """

    def __init__(self, context: AccountContext, handing_over: Database, *, is_kept: bool) -> None:
        self._context = context
        self._handing_over = handing_over
        self._is_kept = is_kept
        self._saved_ms = context.clock.monotonic_ms() - SAVE_MS

    async def save(self) -> None:
        """Store it if that was not done a moment ago, and every event so far has been processed."""
        now_ms, session = self._context.clock.monotonic_ms(), self._context.session.resumable()
        if self._is_kept and session is not None and now_ms - self._saved_ms >= SAVE_MS:
            await self._store(self._context.database, session)
            self._saved_ms = now_ms

    async def hand_over(self) -> None:
        """End the connection, and store how another process can resume it, unless the lease is over.

        The lease is given up when this is done, so it is in time: what is stored later is of no use.
        """
        if not self._is_kept:
            return
        try:
            async with asyncio.timeout(SESSION_S):
                await self._end_and_store()
        except (StoreUnavailable, TimeoutError) as error:
            reason = str(error) or "it took too long"
            log.warning("gateway_session_was_not_kept", reason=reason)

    async def _end_and_store(self) -> None:
        session = await self._context.session.hand_over()
        if session is not None and self._context.lease_left_s() > 0:
            await self._store(self._handing_over, session)

    async def _store(self, database: Database, session: GatewaySession) -> None:
        token, now_ms = self._context.session.token, self._context.clock.now_ms()
        if token is not None:
            await database.write(lambda tx: gateway_sessions.keep(tx, token, session, now_ms))
