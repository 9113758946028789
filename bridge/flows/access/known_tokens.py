"""The API tokens in memory, looked at again when they may have changed.

A request costs no read, or one of a single row: the commands change the database from another process, and a
version in it says whether there is anything new.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from bridge.access.api_token import ApiToken
from bridge.ports import Clock
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.patience import waiting
from bridge.store.rows import api_tokens

log = structlog.get_logger(__name__)

FRESH_MS: Final = 500
"""For how long the tokens are taken as they were read."""
FRESH_FOR_UNKNOWN_MS: Final = 100
"""The same when a token is not among them: it may have been created just now."""


class KnownTokens:
    """The tokens as they were half a second ago or later."""

    def __init__(self, database: Database, clock: Clock, changed: Callable[[], None]) -> None:
        """`changed` is called when other tokens were read than before."""
        self._database = database
        self._clock = clock
        self._changed = changed
        self._reading: asyncio.Future[None] | None = None
        self._begun = 0
        self._newest = 0
        self._version: str | None = None
        self._by_digest: Mapping[str, ApiToken] = {}
        self._by_id: Mapping[str, ApiToken] = {}
        self._read_ms: int | None = None

    async def of_digest(self, digest: str) -> ApiToken | None:
        """Return the token of a digest; raises `StoreUnavailable`."""
        await self.refresh(FRESH_MS)
        if digest not in self._by_digest:
            await self.refresh(FRESH_FOR_UNKNOWN_MS)
        return self._by_digest.get(digest)

    async def run(self) -> None:
        """Notice changes until cancelled, also while there is no request and no stream."""
        while True:
            await self._clock.sleep(FRESH_MS / 1000)
            try:
                await self.refresh(FRESH_MS)
            except StoreUnavailable as error:
                log.warning("tokens_were_not_read", reason=str(error))

    def of_id(self, token_id: str) -> ApiToken | None:
        """Return the token of an id as it was read last."""
        return self._by_id.get(token_id)

    async def refresh(self, oldest_ms: int = 0) -> None:
        """Read the tokens unless that is less than `oldest_ms` ago; raises `StoreUnavailable`.

        On the bridge's own reader: a long query of one client must not keep the others waiting at the door.
        Whoever comes during a read shares what becomes of it: while the database is away, they would
        otherwise wait in vain one after another.
        """
        earlier = self._begun
        while self._newest <= earlier and not self._is_fresh(oldest_ms):
            if self._reading is None:
                await self._read()
            else:
                with waiting():
                    await asyncio.shield(self._reading)

    async def _read(self) -> None:
        self._begun = number = self._begun + 1
        self._reading = reading = asyncio.get_running_loop().create_future()
        now_ms, known = self._clock.monotonic_ms(), self._version
        try:
            version, found = await self._database.read(lambda tx: _newer(tx, known))
        except StoreUnavailable as error:
            reading.set_exception(error)
            reading.exception()  # nobody else may be waiting for it
            raise
        finally:
            self._reading = None
            if not reading.done():
                reading.set_result(None)
        self._read_ms, self._version, self._newest = now_ms, version, number
        if found is not None:
            self._by_digest = found
            self._by_id = {token.id: token for token in found.values()}
            self._changed()

    def _is_fresh(self, oldest_ms: int) -> bool:
        return self._read_ms is not None and self._clock.monotonic_ms() - self._read_ms < oldest_ms


def _newer(tx: Tx, known: str | None) -> tuple[str, Mapping[str, ApiToken] | None]:
    """Return the version of the tokens, and the tokens if it is another than the known one."""
    version = api_tokens.version(tx)
    return version, None if version == known else api_tokens.by_digest(tx)
