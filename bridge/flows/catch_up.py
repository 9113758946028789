"""After a gap: read the channel's history and the known messages again, through the same intake."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from bridge.chat import Message, snowflake_at
from bridge.sessions.port import HistoryUnavailable, Session
from bridge.store import interactions, messages
from bridge.store.database import Database, Tx

log = structlog.get_logger(__name__)

MARGIN_MS: Final = 300_000
PAGE: Final = 100
MOST_PAGES: Final = 50


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Reads what one account may have missed."""

    account: int
    database: Database
    session: Session
    take: Callable[[Message], Awaitable[None]]
    _reached: list[str] = field(default_factory=list)

    async def run(self) -> bool:
        """Take in all that was said since the oldest owed job was sent; False if it is not all read yet.

        A channel that is longer than one run may read is read on by the next run.
        """
        since_ms, known = await self.database.read(self._missing)
        if since_ms is None:
            return True
        after = self._reached.pop() if self._reached else snowflake_at(since_ms - MARGIN_MS)
        try:
            await self._look_again(known)
            return await self._read_history(after)
        except HistoryUnavailable as error:
            log.warning("history_was_not_read", account=self.account, reason=str(error))
            return False

    def _missing(self, tx: Tx) -> tuple[int | None, list[str]]:
        return interactions.oldest_sent_ms(tx, self.account), list(messages.of_open_jobs(tx, self.account))

    async def _read_history(self, after: str) -> bool:
        for _ in range(MOST_PAGES):
            page = await self.session.history(after, PAGE)
            for message in page:
                await self.take(replace(message, is_history=True))
            if len(page) < PAGE:
                return True
            after = page[-1].id
        self._reached.append(after)
        log.warning("history_is_read_on_later", account=self.account, pages=MOST_PAGES)
        return False

    async def _look_again(self, known: list[str]) -> None:
        """History does not show an edit as something new: ask for each message that was known."""
        for message_id in known:
            message = await self.session.message(message_id)
            if message is not None:
                await self.take(replace(message, is_history=True, is_edit=True))
