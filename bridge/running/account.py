"""A running account: listens, catches up, sends waiting jobs, sweeps silent ones."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from random import SystemRandom
from typing import Final

import structlog

from bridge.accounts.account import Account
from bridge.accounts.stopwatch import Stopwatch
from bridge.chat import Heard, Listening, Message
from bridge.flows.end.expire import ExpireOwed
from bridge.flows.end.giving_up import SilentJobs, UnprovenJobs, UnreachedAccount, UnusableAccount
from bridge.flows.hear.catch_up import CatchUp, Reach
from bridge.flows.hear.intake import Intake
from bridge.flows.hear.unmatched import Unmatched
from bridge.flows.send.dispatch import Dispatch, Submission
from bridge.flows.send.next_job import SenderState
from bridge.flows.send.prepare import Preparations, Prepare
from bridge.flows.step import Now
from bridge.flows.timing import Timing
from bridge.pixverse.profile import Profile
from bridge.ports import MINUTE_MS, Clock, Notifier
from bridge.sessions.port import Session
from bridge.store.database import Database, StoreUnavailable
from bridge.store.files.uploads import Uploads
from bridge.store.rows import accounts, jobs

log = structlog.get_logger(__name__)

IDLE_S: Final = 60.0
KEEP_MS: Final = 30_000
AFTER_ERROR_S: Final = 1.0
TELL_MS: Final = MINUTE_MS


class RunningAccount:
    """All tasks of one account; `run` ends only if it is cancelled."""

    def __init__(
        self,
        account: Account,
        session: Session,
        database: Database,
        notifier: Notifier,
        clock: Clock,
        profile: Profile,
        uploads: Uploads,
        timing: Timing,
    ) -> None:
        self.account = account
        self.session = session
        self._database = database
        self._notifier = notifier
        self._clock = clock
        self._timing = timing
        self._listening = Stopwatch(account.listened_ms)
        self._chance = SystemRandom()
        self._gap = asyncio.Event()
        self._kept_ms = clock.monotonic_ms() - KEEP_MS
        self._told = (clock.monotonic_ms() - TELL_MS, 0)
        self._looked_ms = clock.monotonic_ms() - TELL_MS
        self._failures_told_ms: dict[str, int] = {}
        self._unreadable: set[str] = set()
        self._intake = Intake(account.id, database, notifier, profile, timing.expected_ms)
        self._catch_up = CatchUp(account.id, database, session, clock, self._take_page)
        self._unusable_account = UnusableAccount(account.id, database, notifier, session, self._now)
        self._unreached_account = UnreachedAccount(
            account.id, database, notifier, clock, session, account.unreached_ms, self._now
        )
        self._silent_jobs = SilentJobs(
            account.id,
            database,
            notifier,
            timing.silence_s,
            self._catch_up.run,
            self._intake.in_question,
            self._now,
        )
        self._expire_owed = ExpireOwed(account.id, database, self._now)
        prepare = Prepare(database, session, profile, uploads.path)
        self._preparations = Preparations(account.id, prepare, notifier)
        self._submission = Submission(
            account.id, database, notifier, clock, session, uploads, timing, self._now
        )
        self._dispatch = Dispatch(
            account,
            database,
            notifier,
            clock,
            session,
            profile,
            self._preparations,
            self._submission,
            timing,
            self._now,
        )
        self._unproven_jobs = UnprovenJobs(
            account.id,
            database,
            notifier,
            self._catch_up.run,
            lambda: self._submission.sending,
            self._intake.in_question,
            self._now,
            timing,
        )

    @property
    def unmatched(self) -> Unmatched:
        """The videos for the account's user that no job got."""
        return self._intake.unmatched

    def sender_state(self) -> SenderState:
        """Return the in-memory state of its sender."""
        return self._dispatch.sender_state()

    async def run(self) -> None:
        """Run until cancelled; the session is closed whatever happens."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._hear(), name=f"hear-{self.account.id}")
                tasks.create_task(self._repeat(self._watch_once), name=f"watch-{self.account.id}")
                tasks.create_task(self._repeat(self._read_gap), name=f"catch-up-{self.account.id}")
                tasks.create_task(self._preparations.run(), name=f"prepare-{self.account.id}")
                tasks.create_task(self._repeat(self._dispatch.run), name=f"send-{self.account.id}")
                tasks.create_task(self._repeat(self._sweep_once), name=f"sweep-{self.account.id}")
        finally:
            await self.session.aclose()

    async def _hear(self) -> None:
        async for heard in self.session.heard():
            await self._take(heard)

    async def _take(self, heard: Heard) -> None:
        """Process one event; wait while the disk is full; on any other error skip only this event."""
        while True:
            try:
                return await self._taken(heard)
            except StoreUnavailable as error:
                log.warning("heard_is_waiting", account=self.account.id, reason=str(error))
                await self._clock.sleep(AFTER_ERROR_S)
            except Exception:
                log.exception("heard_was_not_taken", account=self.account.id, kind=type(heard).__name__)
                return None

    async def _take_page(self, page: Sequence[Message]) -> None:
        """Process a page of the history; if one message raises, process the others separately."""
        while True:
            try:
                return await self._intake.take_page(page, self._now())
            except StoreUnavailable as error:
                log.warning("history_is_waiting", account=self.account.id, reason=str(error))
                await self._clock.sleep(AFTER_ERROR_S)
            except Exception:
                log.exception("page_was_not_taken", account=self.account.id, rows=len(page))
                for message in page:
                    await self._take(message)
                return None

    async def _taken(self, heard: Heard) -> None:
        if not isinstance(heard, Listening):
            await self._intake.take(heard, self._now())
            return
        self._listening.start(self._clock.monotonic_ms())
        if not heard.is_resumed:
            self._catch_up.begin_anew()
            self._dispatch.begin_anew()
            self._gap.set()
            self._notifier.notify(f"gap:{self.account.id}")
        self._notifier.notify(f"account:{self.account.id}")
        log.debug("account_listens", channel=self.account.channel, is_resumed=heard.is_resumed)

    async def _watch_once(self) -> None:
        """Report a changed condition of the session; listening time stops while it is not connected."""
        await self.session.changed()
        if self.session.condition.is_connected:
            self._listening.start(self._clock.monotonic_ms())
            self._unreached_account.has_connected()
        else:
            self._listening.stop(self._clock.monotonic_ms())
        self._notifier.notify("conditions")
        self._notifier.notify(f"account:{self.account.id}")

    async def _read_gap(self) -> None:
        """Read the history after a gap, and once more later, for messages that appear late."""
        await self._gap.wait()
        while not self.session.condition.is_connected:
            await self._clock.sleep(self._timing.catch_up_again_s)
        self._gap.clear()
        is_read = False
        try:
            with self._notifier.subscribe(f"gap:{self.account.id}") as subscription:
                is_read = await self._is_read_to_its_end()
                if not is_read:
                    await subscription.wait(self._catch_up.pause_s)
        finally:
            if not is_read:
                self._gap.set()

    async def _is_read_to_its_end(self) -> bool:
        """Read the history twice; return False if Discord did not return it, or one run was not enough.

        The second read does not request messages that were received since the first one: their edits were
        received too.
        """
        if await self._catch_up.run() is not Reach.WHOLE:
            return False
        asked_for = self._catch_up.asked_for
        await self._clock.sleep(self._timing.catch_up_again_s * self._chance.uniform(1.0, 2.0))
        return await self._catch_up.run(asked_for) is Reach.WHOLE

    async def _sweep_once(self) -> None:
        """Sweep if the account has open or owed jobs; otherwise only check for them now and then."""
        self._listening.tick(self._clock.monotonic_ms())
        self._tell_ignored()
        with self._notifier.subscribe(f"account:{self.account.id}") as subscription:
            if not await self._database.read(lambda tx: jobs.has_any_left(tx, self.account.id)):
                await subscription.wait(IDLE_S)
                return
        await self._clock.sleep(self._timing.sweep_s * self._chance.uniform(0.5, 1.0))
        self._listening.tick(self._clock.monotonic_ms())
        await self._passed("unreadable", self._tell_unreadable)
        await self._passed("oblivion", self._expire_owed.sweep)
        await self._passed("deaf", self._unusable_account.sweep)
        await self._passed("unreached", self._unreached_account.sweep)
        if self.session.condition.is_connected:
            await self._passed("listened", self._keep_listened)
            await self._passed("doubt", self._unproven_jobs.sweep)
            await self._passed("silence", self._silent_jobs.sweep)
        await self._passed("strays", self._try_strays)

    async def _tell_unreadable(self) -> None:
        """Check once a minute for unreadable jobs, and log each once; the other jobs continue."""
        now_ms = self._clock.monotonic_ms()
        if now_ms - self._looked_ms < TELL_MS:
            return
        self._looked_ms = now_ms
        found = await self._database.read(lambda tx: jobs.unreadable_ids(tx, self.account.id))
        for job_id in set(found) - self._unreadable:
            self._unreadable.add(job_id)
            log.error("job_cannot_be_read", account=self.account.id, job_id=job_id)

    async def _try_strays(self) -> None:
        await self._intake.try_strays(self._now())

    async def _keep_listened(self) -> None:
        """Store the listening time now and then; after a crash it is lower by that much."""
        now_ms, listened_ms = self._clock.monotonic_ms(), self._now().listened_ms
        if now_ms - self._kept_ms >= KEEP_MS:
            await self._database.write(lambda tx: accounts.keep_listened(tx, self.account.id, listened_ms))
            self._kept_ms = now_ms

    def _tell_ignored(self) -> None:
        """Log now and then how many messages belonged to others, if there were new ones."""
        now_ms, count = self._clock.monotonic_ms(), self._intake.ignored.total()
        last_ms, told = self._told
        if count > told and now_ms - last_ms >= TELL_MS:
            self._told = (now_ms, count)
            log.info("messages_ignored", account=self.account.id, count=count, by=dict(self._intake.ignored))

    async def _repeat(self, once: Callable[[], Awaitable[None]]) -> None:
        while True:
            if not await self._passed(once.__name__, once):
                await self._clock.sleep(AFTER_ERROR_S)

    async def _passed(self, name: str, once: Callable[[], Awaitable[object]]) -> bool:
        """Run something once; return False if it raised, so that the account's other tasks continue."""
        try:
            await once()
        except Exception:
            if self._is_to_be_told(name):
                log.exception("pass_failed", account=self.account.id, loop=name)
            return False
        return True

    def _is_to_be_told(self, failing: str) -> bool:
        """Return whether to log an error: repeated ones are logged only now and then."""
        now_ms = self._clock.monotonic_ms()
        if now_ms - self._failures_told_ms.get(failing, now_ms - TELL_MS) < TELL_MS:
            return False
        self._failures_told_ms[failing] = now_ms
        return True

    def _now(self) -> Now:
        return Now(self._clock.now_ms(), self._listening.total_ms(self._clock.monotonic_ms()))
