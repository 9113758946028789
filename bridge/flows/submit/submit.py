"""Turns an order into a job: chooses an account, stores the job, waits for the bot's first answer."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, Protocol, TypeAlias

import structlog

from bridge.accounts.condition import Condition
from bridge.accounts.slots import Full, Guarded, Held, NotLabelled, Paused
from bridge.flows.places import NotAvailable
from bridge.flows.step import notify_of, notify_of_new
from bridge.flows.submit.assigning import Candidates
from bridge.flows.submit.draft import Draft, QuotaUsed, insert_failed
from bridge.flows.submit.first_news import FirstNews, Stopping
from bridge.flows.submit.not_connected import MOST_TOLD, STOPPING, NotConnected, not_connected
from bridge.flows.submit.order import AccountResolver, Named, Order, new_job_id
from bridge.flows.submit.placing import Tried, place_on_any, place_on_one_of
from bridge.jobs.job import Job
from bridge.pixverse.echo import expected, expected_of_button
from bridge.pixverse.profile import Profile
from bridge.pixverse.wording import fingerprint
from bridge.ports import Clock, Notifier
from bridge.store.database import Database, Tx
from bridge.store.rows import accounts as account_rows
from bridge.store.rows import places
from bridge.store.rows.accounts import Accounts
from bridge.store.rows.events import Event
from bridge.store.rows.guard_rails import labelled
from bridge.store.rows.slots import slots_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The job after the wait for the bot's first answer."""

    job: Job


@dataclass(frozen=True, slots=True)
class NotConfigured:
    """There is no account for the order; `channel` is the requested one, None with a token or for any."""

    channel: str | None


@dataclass(frozen=True, slots=True)
class FileTooLarge:
    """Discord takes no file of that size from any account that could have the job; no job was created.

    `name` is the field with the file, `most_bytes` the highest limit of the connected accounts.
    """

    name: str
    most_bytes: int


@dataclass(frozen=True, slots=True)
class NoRoom:
    """The limit of passing accounts is reached; no job was created."""


Placed: TypeAlias = (
    Event
    | FileTooLarge
    | Full
    | Guarded
    | Held
    | NotConfigured
    | NotConnected
    | NotLabelled
    | Paused
    | QuotaUsed
)
Refused: TypeAlias = (
    FileTooLarge
    | Full
    | Guarded
    | Held
    | NotAvailable
    | NotConfigured
    | NotConnected
    | NotLabelled
    | NoRoom
    | Paused
    | QuotaUsed
)
Submitted: TypeAlias = Accepted | Refused
Place: TypeAlias = Callable[[Tx, Draft, Candidates, Named | None], Tried]
WRITING_MS: Final = 30_000
"""How long an answer may take to be written, for all that other processes know."""
FIRST_TRIED: Final = 8
"""How many connected accounts are tried first: usually one of them is free."""


class AccountDirectory(Protocol):
    """The accounts that are running."""

    def condition(self, account: int) -> Condition | None:
        """Return an account's condition, None if it is not running."""
        ...

    def most_file_bytes(self, account: int) -> int | None:
        """Return how large a file Discord takes from an account, None while that is not known."""
        ...

    def listed(self, tenant: str) -> Sequence[int]:
        """Return a tenant's running configured accounts; the database may be newer."""
        ...

    def has_room(self, tenant: str, account: int | None) -> bool:
        """Return whether a passing account of a tenant may run: this one, or a new one."""
        ...

    def keeping(self, tenant: str, account: int) -> AbstractContextManager[None]:
        """Keep a passing account of a tenant running while the context is open."""
        ...


@dataclass(frozen=True, slots=True)
class Submit:
    """Accepts orders. `patience_s` limits both waits: for a connection, and for the bot's first answer.

    `is_least_loaded`: choose the account with the fewest running jobs instead of a random one. `machine`
    returns the id of this process.
    """

    database: Database
    accounts: Accounts
    notifier: Notifier
    clock: Clock
    running_accounts: AccountDirectory
    profile: Profile
    patience_s: float
    closing: Stopping
    is_least_loaded: bool = False
    machine: Callable[[], str] = str
    chance: random.Random = field(default_factory=random.SystemRandom)

    async def run(self, order: Order) -> Submitted:
        """Submit an order; return its outcome when the bot has answered or `patience_s` has passed."""
        named = await self._resolve_account(order)
        if named is None and order.channel is not None:
            return NotConfigured(None if order.token else order.channel)
        if isinstance(named, NotAvailable | NoRoom):
            return named
        if named and not (named.is_listed or self.running_accounts.has_room(order.tenant, named.account)):
            return NoRoom()
        with self._keeping(order, named):
            return await self._place_and_wait(order, named)

    async def _resolve_account(self, order: Order) -> Named | NotAvailable | NoRoom | None:
        """Return the account that an order selects; only a passing one needs a write."""
        if order.channel is None:
            return None
        roster, now_ms = AccountResolver(self.accounts), self.clock.now_ms()
        found, rivals = await self.database.query(lambda tx: (roster.find(tx, order), _rivals(tx, order)))
        if any(self._hears(rival) for rival in rivals):
            return NotAvailable(order.channel)
        if found is not None or not (order.token or order.parent):
            return found
        if not self.running_accounts.has_room(order.tenant, None):
            return NoRoom()
        return await self.database.write(lambda tx: roster.let_in(tx, order, now_ms))

    def _keeping(self, order: Order, named: Named | None) -> AbstractContextManager[None]:
        if named is None or named.is_listed:
            return nullcontext()
        return self.running_accounts.keeping(order.tenant, named.account)

    async def _place_and_wait(self, order: Order, named: Named | None) -> Submitted:
        """Place an order and wait for the first answer; subscribe before the job exists."""
        draft = self._draft(order)
        with self.notifier.subscribe(f"answered:{draft.job_id}", "closing") as subscription:
            placed = await self._place(draft, named)
            if not isinstance(placed, Event):
                return placed
            notify_of_new(self.notifier, placed)
            job = placed.job
            verb = job.command.verb
            log.info("job_accepted", job_id=job.id, account=job.account, channel=job.channel, verb=verb)
            if order.is_async:
                return Accepted(job)
            news = FirstNews(self.database, self.clock, self.patience_s, self.closing)
            return Accepted(await news.of(job, subscription))

    def _draft(self, order: Order) -> Draft:
        now_ms, parent = self.clock.now_ms(), order.parent
        if parent is not None:
            echo = expected_of_button(parent.echo, order.command.prompt, self.profile)
        else:
            echo = expected(order.command, self.profile)
        return Draft(
            order=order,
            job_id=order.job_id or new_job_id(now_ms),
            echo=echo,
            fingerprint=fingerprint(order.command, parent.id if parent else None, self.profile),
            now_ms=now_ms,
            answered_by_ms=now_ms,
            machine=self.machine(),
        )

    async def _place(self, draft: Draft, named: Named | None) -> Placed:
        """Place the order on a connected account; wait for one up to `patience_s`."""
        until_ms = self.clock.monotonic_ms() + round(self.patience_s * 1000)
        with self.notifier.subscribe("conditions", "closing") as subscription:
            while True:
                placed = await self._try_to_place(self._as_of_now(draft), named)
                left_ms = until_ms - self.clock.monotonic_ms()
                if not isinstance(placed, NotConnected) or left_ms <= 0 or self.closing.has_begun:
                    return placed
                await subscription.wait(left_ms / 1000)

    def _as_of_now(self, draft: Draft) -> Draft:
        now_ms = self.clock.now_ms()
        answered_by_ms = now_ms + round(self.patience_s * 1000) + WRITING_MS
        return replace(draft, now_ms=now_ms, answered_by_ms=answered_by_ms, machine=self.machine())

    async def _try_to_place(self, draft: Draft, named: Named | None) -> Placed:
        """Try a few of the connected accounts that take the order's file, then all of them."""
        candidates = [named.account] if named else self.running_accounts.listed(draft.order.tenant)
        size = draft.order.command.file_bytes
        connected = (
            each
            for each in shuffled(candidates, self.chance)
            if self._is_connected(each) and self._takes(each, size)
        )
        few = [] if self.is_least_loaded else list(islice(connected, FIRST_TRIED))
        placed: Placed | None = None
        if few:
            placed = await self._placed(place_on_one_of, draft, few, named)
        if placed is None and (each := [*few, *connected]):
            placed = await self._placed(place_on_any, draft, each, named)
        return placed or self._refuse_file(draft, candidates) or await self._refuse_unconnected(draft, named)

    async def _placed(
        self, place: Place, draft: Draft, accounts: Sequence[int], named: Named | None
    ) -> Event | QuotaUsed | Full | Held | Guarded | None:
        """Place the order in one transaction; jobs of the queue may get free slots first."""
        known = ((each, self.running_accounts.most_file_bytes(each)) for each in accounts)
        limits = {each: most for each, most in known if most is not None}
        seed = self.chance.getrandbits(32)
        free = Candidates(accounts, limits, is_least_loaded=self.is_least_loaded, seed=seed)
        tried = await self.database.write(lambda tx: place(tx, draft, free, named))
        notify_of(self.notifier, tried.assigned)
        return tried.placed

    def _is_connected(self, account: int) -> bool:
        condition = self.running_accounts.condition(account)
        return condition is not None and condition.is_connected

    def _hears(self, account: int) -> bool:
        condition = self.running_accounts.condition(account)
        return condition is not None and condition.hears

    def _takes(self, account: int, size: int) -> bool:
        most = self.running_accounts.most_file_bytes(account)
        return most is None or size <= most

    def _refuse_file(self, draft: Draft, candidates: Sequence[int]) -> FileTooLarge | None:
        """Return the refusal of a file that is too large for connected accounts, unless another may take it.

        That is one which is about to connect: its own limit may be higher.
        """
        command, size = draft.order.command, draft.order.command.file_bytes
        connected = [each for each in candidates if self._is_connected(each)] if size else []
        limits = [self.running_accounts.most_file_bytes(each) for each in connected]
        too_low = [most for most in limits if most is not None and most < size]
        conditions = (self.running_accounts.condition(each) for each in candidates)
        may_come = any(each is None or not (each.is_connected or each.is_unusable) for each in conditions)
        if not too_low or may_come:
            return None
        return FileTooLarge(command.largest_file, max(too_low))

    async def _refuse_unconnected(self, draft: Draft, named: Named | None) -> Placed:
        """Return why no account takes the job; if a person must act, the job ends at once.

        Sessions that are closed because the bridge stops do not count as that.
        """
        if self.closing.has_begun:
            return NotConnected(STOPPING)
        listed, accounts = await self._taking_jobs(draft.order, named)
        if not listed:
            return NotLabelled(draft.order.labels) if draft.order.labels else NotConfigured(None)
        if not accounts:
            return Paused(draft.order.channel)
        known = [condition for account in accounts if (condition := self.running_accounts.condition(account))]
        if len(known) < len(accounts) or not all(condition.is_unusable for condition in known):
            return await self._not_connected(accounts)

        def insert_with_failure(tx: Tx) -> Event | QuotaUsed | None:
            slots = slots_of(tx, accounts[:1], draft.now_ms)
            return insert_failed(tx, draft, slots[0], known[0]) if slots else None

        return await self.database.write(insert_with_failure) or await self._not_connected(accounts)

    async def _not_connected(self, accounts: Sequence[int]) -> NotConnected:
        first = accounts[:MOST_TOLD]
        channels = await self.database.query(lambda tx: [account_rows.channel_of(tx, each) for each in first])
        conditions = [self.running_accounts.condition(each) for each in first]
        return not_connected(list(zip(channels, conditions, strict=True)), len(accounts))

    async def _taking_jobs(self, order: Order, named: Named | None) -> tuple[Sequence[int], Sequence[int]]:
        """Return the accounts with the labels of an order, and those of them that are not paused."""

        def look(tx: Tx) -> tuple[Sequence[int], Sequence[int]]:
            known = [named.account] if named else account_rows.listed_ids(tx, order.tenant)
            listed = labelled(tx, known, order.labels)
            return listed, account_rows.unpaused(tx, listed)

        return await self.database.query(look)


def _rivals(tx: Tx, order: Order) -> Sequence[int]:
    """Return the accounts that other tenants have of the person of an order's token."""
    if not (order.token and order.channel):
        return ()
    return places.rivals(tx, order.tenant, order.token, order.channel)


def shuffled(accounts: Iterable[int], chance: random.Random) -> Iterator[int]:
    """Yield accounts in random order, shuffling lazily."""
    left = list(accounts)
    while left:
        place = chance.randrange(len(left))
        left[place], left[-1] = left[-1], left[place]
        yield left.pop()
