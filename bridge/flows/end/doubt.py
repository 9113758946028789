"""A send, of a command or of a modal, whose outcome is not known: events and the history decide.

What is proven absent is given up: two reads of the history, at least 20 seconds after the send and on a
listening session, show nothing that could be it. It is never sent again, and a late result is still taken.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from typing import Final

import structlog

from bridge.flows.hear.catch_up import Reach
from bridge.flows.step import Moved, Now, notify_of, take_step
from bridge.jobs.given_up import UNCONFIRMED, given_up
from bridge.ports import Notifier
from bridge.store.database import Database, Tx
from bridge.store.rows import interactions, jobs, messages

log = structlog.get_logger(__name__)

SETTLED_MS: Final = 20_000
READS: Final = 2
SELDOM: Final = 24
"""After its reads, what is still undecided is looked for at every so many sweeps only."""


class UnprovenJobs:
    """Looks after an account's sends that nothing is known of.

    `sending` names the job whose send is under way: nothing can be said of it yet. `in_question` tells, by
    message, which jobs what could not be decided may be about: they are not proven absent.
    """

    def __init__(
        self,
        account: int,
        database: Database,
        notifier: Notifier,
        read_history: Callable[[], Awaitable[Reach]],
        sending: Callable[[], str | None],
        in_question: Callable[[], Awaitable[Mapping[str, Set[str]]]],
        now: Callable[[], Now],
    ) -> None:
        self._account = account
        self._database = database
        self._notifier = notifier
        self._read_history = read_history
        self._sending = sending
        self._in_question = in_question
        self._now = now
        self._reads: Counter[str] = Counter()
        self._sweeps = 0

    async def sweep(self) -> None:
        """Read the history for what is in doubt, and give up what it has twice not shown."""
        now, sending = self._now(), self._sending()
        suspects = await self._database.read(lambda tx: self._suspects(tx, now, sending))
        for job_id in self._reads.keys() - set(suspects):
            del self._reads[job_id]
        if not suspects or not self._is_time(suspects) or await self._read_history() is not Reach.WHOLE:
            return
        self._reads.update(suspects)
        absent = [job_id for job_id in suspects if self._reads[job_id] >= READS]
        if absent:
            await self._give_up(absent)

    def _is_time(self, suspects: Sequence[str]) -> bool:
        """Tell whether to read again: at each sweep at first, then now and then, if nothing is decided."""
        self._sweeps += 1
        return any(self._reads[job_id] < READS for job_id in suspects) or self._sweeps % SELDOM == 0

    def _suspects(self, tx: Tx, now: Now, sending: str | None) -> Sequence[str]:
        found = interactions.without_news(tx, self._account, now.ms - SETTLED_MS)
        return [job.id for job in jobs.readable(tx, found) if job.id != sending]

    async def _give_up(self, absent: Sequence[str]) -> None:
        """Give up what no message may be about that could not be decided."""
        in_question = await self._in_question()
        unseen = set(absent).difference(*in_question.values())
        known, now, sending = frozenset(in_question), self._now(), self._sending()
        moved = await self._database.write(lambda tx: self._given_up(tx, unseen, known, now, sending))
        for one in moved:
            log.warning("job_was_given_up", job_id=one.job.id, cause=UNCONFIRMED.cause)
        notify_of(self._notifier, moved)

    def _given_up(
        self, tx: Tx, absent: Set[str], known: Set[str], now: Now, sending: str | None
    ) -> Sequence[Moved]:
        """Give up what is still without news, unless there is no room for strays, or there is a new one."""
        strays = messages.stray_ids(tx, self._account)
        if len(strays) >= messages.MOST_STRAYS or strays - known:
            return []
        suspects = set(self._suspects(tx, now, sending)) & absent
        found = jobs.readable(tx, suspects)
        return [after for job in found if (after := take_step(tx, job, given_up(UNCONFIRMED), now))]
