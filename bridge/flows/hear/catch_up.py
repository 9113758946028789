"""After a gap: reads the channel's history and the known messages again, through the same intake."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence, Set
from dataclasses import replace
from enum import StrEnum
from random import Random, SystemRandom
from typing import Final

import structlog

from bridge.backoff import backoff_s
from bridge.chat import Message, snowflake_at
from bridge.flows.context import AccountContext
from bridge.sessions.port import HistoryUnavailable
from bridge.store.database import Tx
from bridge.store.rows import interactions, messages

log = structlog.get_logger(__name__)

MARGIN_MS: Final = 300_000
PAGE: Final = 100
MOST_PAGES: Final = 50
FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 300.0


class Reach(StrEnum):
    """How far a read of the history came.

    - WHOLE: to its end.
    - PART: the next read continues from there.
    - NONE: this read failed.
    - PUT_OFF: an earlier read failed, and its pause is not over.
    """

    WHOLE = "whole"
    PART = "part"
    NONE = "none"
    PUT_OFF = "put_off"


class HistoryReading:
    """The progress of a read: where it continues, and the known messages it has requested."""

    def __init__(self, after: str) -> None:
        self.after = after
        self.looked_at: set[str] = set()


class CatchUp:
    """Reads what one account may have missed, one read at a time.

    An interrupted read is continued by the next run, after a pause that grows while Discord returns nothing.
    `take` processes a page. `asked_for` are the known messages that the last complete read requested one by
    one.
    """

    def __init__(
        self,
        context: AccountContext,
        take: Callable[[Sequence[Message]], Awaitable[None]],
        chance: Random | None = None,
    ) -> None:
        self._context = context
        self._take = take
        self._chance = chance or SystemRandom()
        self.asked_for: Set[str] = frozenset()
        self._reading: HistoryReading | None = None
        self._failures = 0
        self._ready_ms = 0
        self._turn = asyncio.Lock()

    @property
    def pause_s(self) -> float:
        """Return how long the pause after a failed read still lasts."""
        return max(0, self._ready_ms - self._context.clock.monotonic_ms()) / 1000

    def begin_anew(self) -> None:
        """Start again at the next run, without a pause: there is a new session, and a new gap."""
        self._reading = None
        self._failures = self._ready_ms = 0

    async def run(self, among: Set[str] | None = None) -> Reach:
        """Process all messages since the oldest owed job was sent, and return how far the read came.

        The next run continues if one run cannot read everything. Known messages are requested one by one:
        those in `among`, by default all.
        """
        async with self._turn:
            if self.pause_s > 0:
                return Reach.PUT_OFF
            since_ms, known = await self._context.database.read(self._missing)
            if since_ms is None:
                self.begin_anew()
                self.asked_for = frozenset()
                return Reach.WHOLE
            reading = self._reading = self._reading or HistoryReading(snowflake_at(since_ms - MARGIN_MS))
            try:
                await self._look_again([one for one in known if among is None or one in among], reading)
                reach = await self._read_history(reading)
            except HistoryUnavailable as error:
                self._put_off(error)
                return Reach.NONE
            self._failures = 0
            if reach is Reach.WHOLE:
                self.asked_for = frozenset(reading.looked_at)
            if reach is Reach.WHOLE and self._reading is reading:
                self._reading = None
            return reach

    def _missing(self, tx: Tx) -> tuple[int | None, list[str]]:
        return interactions.oldest_sent_ms(tx, self._context.account.id), list(
            messages.of_open_jobs(tx, self._context.account.id)
        )

    async def _look_again(self, known: Sequence[str], reading: HistoryReading) -> None:
        """Request each known message: edits do not appear as new messages in the history."""
        for message_id in known:
            if message_id in reading.looked_at:
                continue
            message = await self._context.session.message(message_id)
            if message is not None:
                await self._take([replace(message, is_history=True, is_edit=True)])
            reading.looked_at.add(message_id)

    async def _read_history(self, reading: HistoryReading) -> Reach:
        for _ in range(MOST_PAGES):
            page = await self._context.session.history(reading.after, PAGE)
            await self._take([replace(message, is_history=True) for message in page])
            if len(page) < PAGE:
                return Reach.WHOLE
            reading.after = page[-1].id
        log.warning("history_is_read_on_later", pages=MOST_PAGES)
        return Reach.PART

    def _put_off(self, error: HistoryUnavailable) -> None:
        self._failures += 1
        pause_s = backoff_s(self._failures, FIRST_PAUSE_S, LONGEST_PAUSE_S, self._chance)
        self._ready_ms = self._context.clock.monotonic_ms() + round(pause_s * 1000)
        log.warning(
            "history_was_not_read",
            reason=str(error),
            pause_s=round(pause_s, 1),
        )
