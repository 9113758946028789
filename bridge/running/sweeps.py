"""The sweeps of a running account. They are independent: if one raises, the others still run."""

from collections.abc import Awaitable, Callable
from random import SystemRandom
from typing import Final

from bridge.flows.context import AccountContext
from bridge.flows.end.expire import ExpireOwed
from bridge.flows.end.giving_up import SilentJobs, UnprovenJobs, UnreachedAccount, UnusableAccount
from bridge.flows.hear.catch_up import Reach
from bridge.flows.hear.intake import Intake
from bridge.flows.hear.notices import learn_notices
from bridge.running.kept_condition import KeptCondition
from bridge.running.kept_session import KeptSession
from bridge.running.listening import ListeningTime
from bridge.running.loops import Loops
from bridge.running.reporting import IgnoredMessages, UnreadableJobs
from bridge.store.rows import jobs

IDLE_S: Final = 60.0
"""The pause of an account that has neither open nor owed jobs."""


class Sweeps:
    """Runs all sweeps of one account in turn. `sending` returns the job whose POST is in progress."""

    def __init__(
        self,
        context: AccountContext,
        loops: Loops,
        listening: ListeningTime,
        kept_condition: KeptCondition,
        kept_session: KeptSession,
        intake: Intake,
        read_history: Callable[[], Awaitable[Reach]],
        sending: Callable[[], str | None],
    ) -> None:
        self.unreached_account = UnreachedAccount(context)
        self._context = context
        self._loops = loops
        self._listening = listening
        self._kept_condition = kept_condition
        self._kept_session = kept_session
        self._intake = intake
        self._chance = SystemRandom()
        self._expire_owed = ExpireOwed(context)
        self._unusable_account = UnusableAccount(context)
        self._unproven_jobs = UnprovenJobs(context, read_history, sending, intake.in_question)
        self._silent_jobs = SilentJobs(context, read_history, intake.in_question)
        self._unreadable_jobs = UnreadableJobs(context)
        self._ignored_messages = IgnoredMessages(context, intake.ignored)

    async def run(self) -> None:
        """Sweep if the account has open or owed jobs; otherwise only check for them now and then."""
        account = self._context.account.id
        self._listening.tick()
        self._ignored_messages.report()
        await learn_notices(self._context)
        await self._kept_condition.save()
        with self._context.notifier.subscribe(f"account:{account}") as subscription:
            if not await self._context.database.read(lambda tx: jobs.has_any_left(tx, account)):
                await subscription.wait(IDLE_S)
                return
        await self._context.clock.sleep(self._context.timing.sweep_s * self._chance.uniform(0.5, 1.0))
        self._listening.tick()
        attempt = self._loops.attempt
        await attempt("unreadable_jobs", self._unreadable_jobs.report)
        await attempt("expire_owed", self._expire_owed.sweep)
        await attempt("unusable_account", self._unusable_account.sweep)
        await attempt("unreached_account", self.unreached_account.sweep)
        if self._context.session.condition.is_connected:
            await attempt("listening_time", self._listening.save)
            await attempt("gateway_session", self._kept_session.save)
            await attempt("unproven_jobs", self._unproven_jobs.sweep)
            await attempt("silent_jobs", self._silent_jobs.sweep)
        await attempt("strays", lambda: self._intake.retry_strays(self._context.now()))
