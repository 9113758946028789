"""After a gap: read the channel's history and the known messages again, through the same intake."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
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


class Reach(StrEnum):
    """How far a reading came: to the end, to where the next goes on, or nowhere: Discord gave nothing."""

    WHOLE = "whole"
    PART = "part"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Reads what one account may have missed, one reading at a time."""

    account: int
    database: Database
    session: Session
    take: Callable[[Message], Awaitable[None]]
    _reached: list[str] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> Reach:
        """Take in all that was said since the oldest owed job was sent, and tell how far that came.

        A channel that is longer than one run may read is read on by the next run.
        """
        async with self._turn:
            since_ms, known = await self.database.read(self._missing)
            if since_ms is None:
                return Reach.WHOLE
            after = self._reached.pop() if self._reached else snowflake_at(since_ms - MARGIN_MS)
            try:
                await self._look_again(known)
                return await self._read_history(after)
            except HistoryUnavailable as error:
                log.warning("history_was_not_read", account=self.account, reason=str(error))
                return Reach.NONE

    def _missing(self, tx: Tx) -> tuple[int | None, list[str]]:
        return interactions.oldest_sent_ms(tx, self.account), list(messages.of_open_jobs(tx, self.account))

    async def _read_history(self, after: str) -> Reach:
        for _ in range(MOST_PAGES):
            page = await self.session.history(after, PAGE)
            for message in page:
                await self.take(replace(message, is_history=True))
            if len(page) < PAGE:
                return Reach.WHOLE
            after = page[-1].id
        self._reached.append(after)
        log.warning("history_is_read_on_later", account=self.account, pages=MOST_PAGES)
        return Reach.PART

    async def _look_again(self, known: list[str]) -> None:
        """History does not show an edit as something new: ask for each message that was known."""
        for message_id in known:
            message = await self.session.message(message_id)
            if message is not None:
                await self.take(replace(message, is_history=True, is_edit=True))
