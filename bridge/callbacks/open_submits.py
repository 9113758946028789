"""Which submits are not answered yet, or were answered just now: the callbacks of their jobs wait.

A client stores the jobid from the answer first, and could not assign a callback that arrives before. The
process that has the request knows this from memory. The others know it from a row, which the transaction that
creates the job inserts, and which is deleted about a second after the answer.
"""

import asyncio
from collections.abc import Mapping, Set
from typing import Final

import structlog

from bridge.ports import Clock
from bridge.store.database import Database, StoreUnavailable
from bridge.store.rows import open_submits

log = structlog.get_logger(__name__)

AFTER_ANSWER_MS: Final = 1_050
"""A second, plus some time for the clock's resolution and the answer's transmission."""
GATHERING_S: Final = 0.5
"""How long the deletion of a row waits for others."""


class OpenSubmits:
    """The jobs whose submit is not answered yet, or was answered within the last second."""

    def __init__(self, clock: Clock, database: Database) -> None:
        self._clock = clock
        self._database = database
        self._open: set[str] = set()
        self._answered: dict[str, int] = {}
        self._kept: dict[str, int] = {}
        self._is_any_kept = asyncio.Event()

    def begin(self, job_id: str) -> None:
        """Record that a request is about to create this job."""
        self._open.add(job_id)

    def end(self, job_id: str, *, is_kept: bool = False) -> None:
        """Record that the answer has been written, or that there will be none; `is_kept`: there is a row."""
        until_ms = self._clock.monotonic_ms() + AFTER_ANSWER_MS
        if job_id in self._open:
            self._open.remove(job_id)
            self._answered[job_id] = until_ms
            if is_kept:
                self._kept[job_id] = until_ms
                self._is_any_kept.set()
        self._discard(self._clock.monotonic_ms())

    def waits_ms(self) -> Mapping[str, int]:
        """Return the jobs whose callbacks must wait, each with the time in ms until the next check.

        It is never 0: the time is read once, so that no entry expires within this call.
        """
        now_ms = self._clock.monotonic_ms()
        self._discard(now_ms)
        answered = {job_id: until_ms - now_ms for job_id, until_ms in self._answered.items()}
        return answered | dict.fromkeys(self._open, AFTER_ANSWER_MS)

    def answered(self) -> Set[str]:
        """Return the jobs that were answered here and still have a row: their callbacks go by memory."""
        return frozenset(self._kept)

    async def run(self) -> None:
        """Delete the rows of answered submits until cancelled."""
        while True:
            await self._is_any_kept.wait()
            await self._clock.sleep(GATHERING_S)
            await self._delete_rows()
            if not self._kept:
                self._is_any_kept.clear()

    async def _delete_rows(self) -> None:
        now_ms = self._clock.monotonic_ms()
        over = [job_id for job_id, until_ms in self._kept.items() if until_ms <= now_ms]
        if not over:
            return
        try:
            await self._database.write(lambda tx: open_submits.end(tx, over))
        except StoreUnavailable as error:
            log.warning("open_submits_were_not_deleted", reason=str(error))
            return
        for job_id in over:
            del self._kept[job_id]

    def _discard(self, now_ms: int) -> None:
        """Discard what was answered long enough ago; the oldest entries come first."""
        for job_id in list(self._answered):
            if self._answered[job_id] > now_ms:
                return
            del self._answered[job_id]
