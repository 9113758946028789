"""A running account: listens, catches up, sends waiting jobs, sweeps silent ones."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import SystemRandom

import structlog
from structlog.contextvars import bound_contextvars

from bridge.accounts.account import Account
from bridge.accounts.condition import Condition
from bridge.accounts.notice import KnownNotices
from bridge.accounts.unmatched import UnmatchedVideos
from bridge.chat import Heard, Listening, Message
from bridge.flows.context import AccountContext
from bridge.flows.hear.catch_up import CatchUp, Reach
from bridge.flows.hear.intake import Intake
from bridge.flows.hear.notices import learn_notices
from bridge.flows.places import login_of, take_place
from bridge.flows.send.dispatch import Dispatch
from bridge.flows.send.next_job import SenderState
from bridge.flows.send.posting import Posting
from bridge.flows.send.prepare import Preparations, Prepare
from bridge.flows.step import notify_of
from bridge.flows.timing import Timing
from bridge.metrics.messages import MessageMetrics
from bridge.pixverse.profile import Profile
from bridge.ports import Clock, Notifier
from bridge.running.kept_condition import KeptCondition
from bridge.running.kept_session import KeptSession
from bridge.running.leases import HeldLease
from bridge.running.listening import ListeningTime
from bridge.running.loops import AFTER_ERROR_S, Loops
from bridge.running.sweeps import Sweeps
from bridge.sessions.port import Session
from bridge.store.database import StoreUnavailable
from bridge.store.files.uploads import Uploads
from bridge.store.rows import places
from bridge.store.rows.places import Login
from bridge.tracing.tracing import NO_TRACING, Tracing

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all accounts of a process share. `has_others`: other processes share the database."""

    notifier: Notifier
    clock: Clock
    profile: Profile
    uploads: Uploads
    timing: Timing
    has_others: bool = False
    metrics: MessageMetrics = field(default_factory=MessageMetrics)
    tracing: Tracing = NO_TRACING


class LeaseOver(Exception):
    """Ends the tasks of an account."""


class RunningAccount:
    """All tasks of one account; `run` ends only if it is cancelled, or when the account's lease is over."""

    def __init__(self, account: Account, session: Session, lease: HeldLease, shared: Shared) -> None:
        self.session = session
        self.lease = lease
        self.is_handed_over = False
        """Whether another process goes on with the account when this one has been cancelled."""
        self.is_process_ending = False
        """Whether there is no time to wait for a database that is away."""
        self._listening = ListeningTime(account, lease.database, shared.clock)
        self._context = context = AccountContext(
            account=account,
            session=session,
            database=lease.database,
            unfenced=lease.unfenced,
            notifier=shared.notifier,
            clock=shared.clock,
            profile=shared.profile,
            timing=shared.timing,
            listened_ms=self._listening.total_ms,
            lease_left_s=lease.left_s,
            metrics=shared.metrics,
            tracing=shared.tracing,
            notices=KnownNotices(None),
        )
        self._loops = Loops(context)
        self._chance = SystemRandom()
        self._gap = asyncio.Event()
        self._intake = Intake(context)
        self._kept_session = KeptSession(context, lease.handing_over, is_kept=shared.has_others)
        self._kept_condition = KeptCondition(context, self._intake.unmatched)
        self._catch_up = CatchUp(context, self._take_page)
        self._preparations = Preparations(context, Prepare(context, shared.uploads.located))
        self._posting = Posting(context, shared.uploads)
        self._dispatch = Dispatch(context, self._preparations, self._posting)
        self._sweeps = Sweeps(
            context,
            self._loops,
            self._listening,
            self._kept_condition,
            self._kept_session,
            self._intake,
            self._catch_up.run,
            lambda: self._posting.sending,
        )

    @property
    def condition(self) -> Condition:
        """The condition of the account, and not only of its connection."""
        return self._context.condition()

    @property
    def unmatched(self) -> UnmatchedVideos:
        """The videos for the account's user that no job got."""
        return self._intake.unmatched.videos()

    def sender_state(self) -> SenderState:
        """Return the in-memory state of its sender."""
        return self._dispatch.sender_state()

    async def run(self) -> None:
        """Run until cancelled or without a lease; the session is closed whatever happens.

        All that is logged meanwhile names the account.
        """
        account = self._context.account
        with bound_contextvars(account=account.id, channel=account.channel):
            await self._run_tasks(account.id)

    async def _run_tasks(self, number: int) -> None:
        repeat = self._loops.repeat
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._end_with_lease(), name=f"lease-{number}")
                tasks.create_task(self._hear(), name=f"hear-{number}")
                tasks.create_task(repeat("watch", self._watch), name=f"watch-{number}")
                tasks.create_task(repeat("catch_up", self._read_gap), name=f"catch-up-{number}")
                tasks.create_task(self._preparations.run(), name=f"prepare-{number}")
                tasks.create_task(repeat("send", self._dispatch.run), name=f"send-{number}")
                tasks.create_task(repeat("sweep", self._sweeps.run), name=f"sweep-{number}")
        except* LeaseOver:
            self.is_handed_over = True
            log.warning("account_lost_its_lease")
        finally:
            await self._close()

    async def _close(self) -> None:
        try:
            if self.is_handed_over:
                await self._kept_session.hand_over()
        finally:
            await self.session.aclose()
        if not self.is_process_ending:
            await self._posting.finish()

    async def _end_with_lease(self) -> None:
        await self.lease.over()
        raise LeaseOver

    async def _hear(self) -> None:
        async for heard in self.session.heard():
            await self._take(heard)

    async def _take(self, heard: Heard) -> None:
        """Process one event; wait while the disk is full; on any other error skip only this event."""
        while True:
            try:
                return await self._apply(heard)
            except StoreUnavailable as error:
                log.warning("heard_is_waiting", reason=str(error))
                await self._context.clock.sleep(AFTER_ERROR_S)
            except Exception:
                log.exception("heard_was_not_taken", kind=type(heard).__name__)
                return None

    async def _take_page(self, page: Sequence[Message]) -> None:
        """Process a page of the history; if one message raises, process the others separately."""
        while True:
            try:
                return await self._intake.take_page(page, self._context.now())
            except StoreUnavailable as error:
                log.warning("history_is_waiting", reason=str(error))
                await self._context.clock.sleep(AFTER_ERROR_S)
            except Exception:
                log.exception("page_was_not_taken", rows=len(page))
                for message in page:
                    await self._take(message)
                return None

    async def _apply(self, heard: Heard) -> None:
        """Begin to listen, or process what was received."""
        if not isinstance(heard, Listening):
            await self._intake.take(heard, self._context.now())
            return
        if not await self._has_place():
            return
        self._listening.start()
        if not heard.is_resumed:
            self._catch_up.begin_anew()
            self._dispatch.begin_anew()
            self._gap.set()
            self._context.notifier.notify(f"gap:{self._context.account.id}")
        self._context.notifier.notify(f"account:{self._context.account.id}")
        log.debug("account_listens", is_resumed=heard.is_resumed)

    async def _has_place(self) -> bool:
        """Return whether the person belongs to this tenant, now that Discord has accepted the token."""
        login = login_of(self.session)
        return login is not None and await self._takes_place(login)

    async def _takes_place(self, login: Login) -> bool:
        account, now, database = self._context.account, self._context.now(), self._context.database
        if await database.read(lambda tx: places.is_own(tx, account.id, login)):
            return True
        place = await database.write(lambda tx: take_place(tx, account.id, login, now))
        notify_of(self._context.notifier, place.moved)
        self._context.notifier.notify("accounts")
        if not place.is_current:
            log.info("account_has_another_token")
        elif not place.is_own:
            log.warning("account_gave_way")
        return place.is_own

    async def _watch(self) -> None:
        """Report a changed condition of the session; listening time stops while it is not connected."""
        await learn_notices(self._context)
        await self._kept_condition.save()
        await self.session.changed()
        if self.session.condition.is_connected:
            self._listening.start()
            self._sweeps.unreached_account.has_connected()
        else:
            self._listening.stop()
        self._context.notifier.notify("conditions")
        self._context.notifier.notify(f"account:{self._context.account.id}")

    async def _read_gap(self) -> None:
        """Read the history after a gap, and once more later, for messages that appear late."""
        await self._gap.wait()
        while not self.session.condition.is_connected:
            await self._context.clock.sleep(self._context.timing.catch_up_again_s)
        self._gap.clear()
        is_read = False
        try:
            with self._context.notifier.subscribe(f"gap:{self._context.account.id}") as subscription:
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
        await self._context.clock.sleep(
            self._context.timing.catch_up_again_s * self._chance.uniform(1.0, 2.0)
        )
        return await self._catch_up.run(asked_for) is Reach.WHOLE
