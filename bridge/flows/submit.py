"""A command becomes a job: an account is chosen, the job kept, and its first news waited for."""

import random
import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

import structlog

from bridge.accounts.account import Account, Kind
from bridge.accounts.condition import Condition
from bridge.accounts.slots import Full, Held, choose
from bridge.flows.first_news import Closing, FirstNews
from bridge.flows.order import Order, Roster
from bridge.flows.step import Now, begin, ring_for_new, take_step
from bridge.jobs.echo import Echo
from bridge.jobs.job import Cause, Failure, Job
from bridge.jobs.signals import Failed
from bridge.jobs.texts import needs_attention
from bridge.pixverse.echo import expected, expected_of_button
from bridge.pixverse.profile import Profile
from bridge.pixverse.wording import fingerprint
from bridge.ports import Bells, Clock
from bridge.store import accounts, idempotency, jobs
from bridge.store.accounts import Accounts
from bridge.store.database import Database, Tx

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The job as it is after the wait for its first news."""

    job: Job


@dataclass(frozen=True, slots=True)
class NotConfigured:
    """There is no account for it; `channel` is the one that was asked for, None with a token or for any."""

    channel: str | None


@dataclass(frozen=True, slots=True)
class NotConnected:
    """No account was connected within the patience; no job was made."""


Submitted: TypeAlias = Accepted | Full | Held | NotConfigured | NotConnected


class Crew(Protocol):
    """The accounts that are running."""

    def condition(self, account: int) -> Condition | None:
        """Return an account's condition, None while it is not running."""
        ...

    def keeping(self, account: int) -> AbstractContextManager[None]:
        """Keep an account running that is not in any list."""
        ...


@dataclass(frozen=True, slots=True)
class Submit:
    """Takes orders. `patience_s` limits both waits: for a connection, and for the bot's first answer.

    `is_least_loaded` prefers the account with the fewest running jobs to one chosen by chance.
    """

    database: Database
    accounts: Accounts
    bells: Bells
    clock: Clock
    crew: Crew
    profile: Profile
    patience_s: float
    closing: Closing
    is_least_loaded: bool = False
    chance: random.Random = field(default_factory=random.SystemRandom)

    async def run(self, order: Order) -> Submitted:
        """Return what became of the order when the bot has answered, or when the patience is over."""
        roster = Roster(self.accounts, self.clock, self.chance)
        candidates = await self.database.write(lambda tx: roster.of(tx, order))
        if not candidates:
            return NotConfigured(None if order.token else order.channel)
        with self._keeping(candidates[0]):
            placed = await self._placed(order, candidates)
            if not isinstance(placed, Job):
                return placed
            ring_for_new(self.bells, placed)
            log.info("job_accepted", job_id=placed.id, verb=placed.command.verb, channel=placed.channel)
            news = FirstNews(self.database, self.bells, self.clock, self.patience_s, self.closing)
            return Accepted(await news.of(placed))

    def _keeping(self, account: Account) -> AbstractContextManager[None]:
        return self.crew.keeping(account.id) if account.kind is Kind.PASSING else nullcontext()

    async def _placed(self, order: Order, candidates: Sequence[Account]) -> Job | Full | Held | NotConnected:
        """Place the order on a connected account; wait for one within the patience."""
        until_ms = self.clock.monotonic_ms() + round(self.patience_s * 1000)
        with self.bells.listen("conditions", "closing") as ear:
            while True:
                placed = await self._place(order, candidates)
                left_ms = until_ms - self.clock.monotonic_ms()
                if not isinstance(placed, NotConnected) or left_ms <= 0 or self.closing.has_begun:
                    return placed
                await ear.wait(left_ms / 1000)

    async def _place(self, order: Order, candidates: Sequence[Account]) -> Job | Full | Held | NotConnected:
        conditions = {account.id: self.crew.condition(account.id) for account in candidates}
        connected = [account for account in candidates if _is_connected(conditions[account.id])]
        if connected:
            return await self.database.write(lambda tx: self._chosen(tx, order, connected))
        known = [condition for condition in conditions.values() if condition is not None]
        if len(known) == len(candidates) and all(condition.is_unusable for condition in known):
            return await self.database.write(lambda tx: self._refused(tx, order, candidates[0], known[0]))
        return NotConnected()

    def _chosen(self, tx: Tx, order: Order, connected: Sequence[Account]) -> Job | Full | Held | NotConnected:
        """Count slots and keep the job in one transaction, so that two orders never share the last slot."""
        executing = {one.channel: jobs.open_ids(tx, order.tenant, one.channel) for one in connected}
        fresh = [account for one in connected if (account := self._fresh(tx, one.id))]
        if not fresh:
            return NotConnected()
        if self.is_least_loaded:
            fresh.sort(key=lambda account: len(executing[account.channel]))
        chosen = choose(fresh, executing, order.max_jobs, self.clock.now_ms())
        return self._begun(tx, order, chosen) if isinstance(chosen, Account) else chosen

    def _fresh(self, tx: Tx, account: int) -> Account | None:
        """Return an account as it is now, None when it takes no more jobs."""
        found = self.accounts.by_id(tx, account)
        if found is None or found.kind is Kind.RETIRED:
            return None
        return replace(found, hold_until_ms=accounts.held_until_ms(tx, account, self.clock.now_ms()))

    def _begun(self, tx: Tx, order: Order, account: Account) -> Job:
        job = begin(tx, self._job(order, account))
        if order.key is not None:
            idempotency.claim(tx, order.key, job.id, job.created_ms)
        return job

    def _refused(self, tx: Tx, order: Order, account: Account, condition: Condition) -> Job:
        """Keep a job that ends at once: a person has to act on the account first."""
        error = needs_attention(account.channel)
        job = self._begun(tx, order, account)
        failure = Failure(Cause.ACCOUNT, error, condition.reason)
        failed = take_step(tx, job, Failed(failure), Now(self.clock.now_ms()))
        return failed.job if failed else job

    def _job(self, order: Order, account: Account) -> Job:
        now_ms = self.clock.now_ms()
        return Job(
            id=f"{now_ms:012x}{secrets.token_hex(10)}",
            tenant=order.tenant,
            account=account.id,
            server=account.server,
            channel=account.channel,
            discord=account.mask,
            command=order.command,
            created_ms=now_ms,
            updated_ms=now_ms,
            heard_ms=now_ms,
            parent=order.parent.id if order.parent else None,
            fingerprint=fingerprint(order.command, order.parent.id if order.parent else None),
            echo=self._echo(order),
            max_jobs=order.max_jobs or account.max_jobs,
            reply_url=order.reply_url,
            reply_ref=order.reply_ref,
        )

    def _echo(self, order: Order) -> Echo:
        if order.parent is not None:
            return expected_of_button(order.parent.echo, order.command.prompt, self.profile)
        return expected(order.command, self.profile)


def _is_connected(condition: Condition | None) -> bool:
    return condition is not None and condition.is_connected
