"""Starts and stops accounts as the database requires, and as this machine has their leases."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Final

import structlog
from structlog.contextvars import bound_contextvars

from bridge.access.tenant import NOBODY
from bridge.accounts.account import Account, Kind
from bridge.accounts.condition import Condition, Standing
from bridge.accounts.unmatched import UnmatchedVideos
from bridge.chat import GatewaySession
from bridge.flows.send.next_job import SenderState
from bridge.grace import LEASES_S, POST_S
from bridge.ports import MINUTE_MS, Clock, Notifier
from bridge.running.account import RunningAccount
from bridge.running.kept import KeptAccounts
from bridge.running.leases import HeldLease, Leases
from bridge.running.reach import Reach
from bridge.sessions.port import Session, Sessions, StoreToken
from bridge.sessions.without_token import SessionWithoutToken
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.rows import conditions, gateway_sessions
from bridge.store.rows.accounts import Accounts
from bridge.store.rows.leases import is_held

log = structlog.get_logger(__name__)

LOOK_S: Final = 10.0
LOOK_SOON_S: Final = 1.0
"""While another machine is about to give up what this one should have."""
IDLE_MS: Final = MINUTE_MS
"""How long a passing account stays connected without a job."""


@dataclass(slots=True)
class ActiveAccount:
    """A running account: what it was started with, and since when it is not needed."""

    account: Account
    runner: RunningAccount
    task: "asyncio.Task[None]"
    idle_ms: int | None = field(default=None)


class RunningAccounts:
    """Runs the accounts of which `leases` has the leases. `make` builds a running account on a session.

    At most `most_passing` passing accounts of a tenant run at a time.
    """

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        notifier: Notifier,
        clock: Clock,
        sessions: Sessions,
        leases: Leases,
        make: Callable[[Account, Session, HeldLease], RunningAccount],
        most_passing: int,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._notifier = notifier
        self._clock = clock
        self._sessions = sessions
        self._leases = leases
        self._make = make
        self._most_passing = most_passing
        self._reach = Reach(clock, self._is_any_connected, sessions.reaches_discord)
        self._active: dict[int, ActiveAccount] = {}
        self._stopping: dict[int, ActiveAccount] = {}
        self._has_given_up = True
        self._kept = KeptAccounts()
        self._listed: defaultdict[str, list[int]] | None = None

    def condition(self, account: int) -> Condition | None:
        """Return an account's condition, None if it is not running."""
        active = self._active.get(account)
        return active.runner.condition if active else None

    def next_try_ms(self, account: int) -> int | None:
        """Return when an account that is not connected is tried again, None if that is not known."""
        active = self._active.get(account)
        return active.runner.session.next_try_ms if active else None

    def most_file_bytes(self, account: int) -> int | None:
        """Return how large a file Discord takes from an account, None while that is not known."""
        return active.runner.session.most_file_bytes if (active := self._active.get(account)) else None

    def sender_state(self, account: int) -> SenderState | None:
        """Return the in-memory state of an account's sender, None if it is not running."""
        active = self._active.get(account)
        return active.runner.sender_state() if active else None

    def unmatched(self, account: int) -> UnmatchedVideos | None:
        """Return the videos that no job of an account got, None if it is not running."""
        active = self._active.get(account)
        return active.runner.unmatched if active else None

    def listed(self, tenant: str) -> Sequence[int]:
        """Return a tenant's running configured accounts; the database may be newer."""
        if self._listed is None:
            self._listed = defaultdict(list)
            for active in self._active.values():
                if active.account.kind is Kind.CONFIGURED:
                    self._listed[active.account.tenant].append(active.account.id)
        return self._listed[tenant]

    def running(self) -> Set[int]:
        """Return the accounts that are running, or that requests are waiting for."""
        return frozenset(self._active.keys() | self._kept.all())

    def has_room(self, tenant: str, account: int | None, elsewhere: Set[int] = frozenset()) -> bool:
        """Return whether a passing account of a tenant may run: this one, or a new one.

        `elsewhere` are the passing accounts of the tenant that other processes run.
        """
        passing = elsewhere | {
            each
            for each, active in self._active.items()
            if active.account.kind is Kind.PASSING and active.account.tenant == tenant
        }
        passing |= self._kept.of(tenant)
        return account in passing or len(passing) < self._most_passing

    def sessions(self, tenant: str) -> Mapping[int, Session]:
        """Return a tenant's connected sessions by account."""
        mine = [active for active in self._active.values() if active.account.tenant == tenant]
        sessions = ((active.account.id, active.runner.session) for active in mine)
        return {account: session for account, session in sessions if session.condition.is_connected}

    @contextmanager
    def keeping(self, tenant: str, account: int) -> Iterator[None]:
        """Keep a passing account of a tenant running while the context is open."""
        with self._kept.keeping(tenant, account):
            self._notifier.notify("accounts")
            yield

    def machine(self) -> str:
        """Return the id of this machine; it gets another one if it was taken for dead."""
        return self._leases.machine.id

    def quiet_machines(self) -> Set[str]:
        """Return the other machines, by their ids, that have shown no sign of life for a while."""
        return self._leases.quiet

    async def join(self) -> None:
        """Add this machine, before anything shows what runs."""
        await self._leases.join()

    async def run(self) -> None:
        """Start and stop accounts until cancelled; then hand all of them over."""
        await self._leases.join()
        try:
            await self._follow()
        finally:
            with suppress(StoreUnavailable, TimeoutError):
                async with asyncio.timeout(LEASES_S):
                    await self._leases.leave()

    async def _follow(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._leases.keep(self._reach), name="leases")
            try:
                await self._look_on(tasks)
            finally:
                await self._hand_over()

    async def _look_on(self, tasks: asyncio.TaskGroup) -> None:
        with self._notifier.subscribe("accounts", "leases", "own-leases") as subscription:
            while True:
                await self._look(tasks)
                is_soon = self._leases.is_expecting or not self._has_given_up
                await subscription.wait(LOOK_SOON_S if is_soon else LOOK_S)

    async def _look(self, tasks: asyncio.TaskGroup) -> None:
        try:
            needed = await self._needed()
        except StoreUnavailable as error:
            log.warning("accounts_were_not_read", reason=str(error))
            return
        for active in list(self._active.values()):
            if await self._must_stop(active, needed.get(active.account.id)):
                self._stop(tasks, active)
            elif active.runner.condition.standing is Standing.OUT_OF_CREDITS:
                self._notifier.notify(f"account:{active.account.id}")
        await self._give_up()
        await self._start_missing(tasks, needed)

    async def _start_missing(self, tasks: asyncio.TaskGroup, needed: Mapping[int, Account]) -> None:
        """Start the accounts that do not run; one that is being stopped is started when it has ended."""
        missing = needed.keys() - self._active.keys() - self._stopping.keys()
        if not missing:
            return
        resumed = await self._resumed([needed[account] for account in missing])
        for account in await self._read_all(missing):
            if lease := self._leases.of(account.person):
                self._start(tasks, account, lease, resumed.get(account.token or ""))

    async def _resumed(self, accounts: Sequence[Account]) -> Mapping[str, GatewaySession]:
        """Return the gateway sessions that other processes have left for these accounts, by token."""
        tokens = {account.token for account in accounts if account.token is not None}
        if not tokens or not self._leases.is_shared:
            return {}
        now_ms = self._clock.now_ms()
        try:
            return await self._leases.own.write(lambda tx: gateway_sessions.take(tx, sorted(tokens), now_ms))
        except StoreUnavailable:
            return {}

    async def _needed(self) -> Mapping[int, Account]:
        """Return the accounts that must run here, after taking the leases that this machine should have."""
        kept = [account for one in self._kept.all() if (account := await self._by_id(one))]
        await self._leases.share([account.person for account in kept])
        machine = self._leases.machine.id
        needed = await self._database.read(lambda tx: self._accounts.needed(tx, machine))
        return {account.id: account for account in (*kept, *needed) if self._leases.of(account.person)}

    async def _by_id(self, account: int) -> Account | None:
        return await self._database.read(lambda tx: self._accounts.by_id(tx, account))

    def _is_any_connected(self) -> bool:
        return any(active.runner.session.condition.is_connected for active in self._active.values())

    async def _must_stop(self, active: ActiveAccount, account: Account | None) -> bool:
        """Return whether an account must be stopped: without lease, not needed, or configured again."""
        if self._leases.of(active.account.person) is not active.runner.lease:
            return True
        if account is None:
            return self._is_idle_long(active) or await self._is_disowned(active.account)
        active.idle_ms = None
        if account.token != active.account.token:
            account = await self._read_again(account)
        return account is not None and self._must_restart(active, account)

    async def _read_again(self, account: Account) -> Account | None:
        """Return the current account: Discord may have replaced its token since it was read."""
        try:
            return await self._by_id(account.id)
        except StoreUnavailable as error:
            reason = str(error)
            log.warning("account_was_not_read", account=account.id, channel=account.channel, reason=reason)
            return None

    async def _read_all(self, accounts: Set[int]) -> Sequence[Account]:
        """Return the current accounts, as `_read_again` does: all in one read."""
        try:
            found = await self._database.read(
                lambda tx: [self._accounts.by_id(tx, each) for each in sorted(accounts)]
            )
        except StoreUnavailable as error:
            log.warning("accounts_were_not_read", reason=str(error))
            return []
        return [account for account in found if account]

    async def _is_disowned(self, account: Account) -> bool:
        """Return whether an account's tenant was removed: such an account is not kept for a while."""
        found = await self._read_again(account)
        return found is not None and found.tenant == NOBODY

    def _is_idle_long(self, active: ActiveAccount) -> bool:
        """Return whether an unneeded account may be stopped: a passing one is kept for a while."""
        now_ms = self._clock.monotonic_ms()
        active.idle_ms = now_ms if active.idle_ms is None else active.idle_ms
        return active.account.kind is not Kind.PASSING or now_ms - active.idle_ms > IDLE_MS

    def _must_restart(self, active: ActiveAccount, account: Account) -> bool:
        """Return whether the account was configured again: another token or channel, or to fix its trouble.

        Removal from the list does not count: it must not log in an account that needs a person.
        """
        if active.account.token != account.token or active.account.place != account.place:
            return True
        was_set = active.account.updated_ms != account.updated_ms
        active.account = account
        self._listed = None
        if was_set:
            self._notifier.notify(f"account:{account.id}")
        is_answer = was_set and account.kind is not Kind.RETIRED
        return is_answer and active.runner.session.condition.is_unusable

    def _stop(self, tasks: asyncio.TaskGroup, active: ActiveAccount) -> None:
        """Begin to stop an account: its POST and its session may take seconds, and no other waits for it."""
        self._stopping[active.account.id] = self._active.pop(active.account.id)
        self._listed = None
        active.runner.is_handed_over = self._leases.is_wanted_elsewhere(active.account.person)
        active.task.cancel()
        tasks.create_task(self._stopped(active), name=f"stop-{active.account.id}")

    async def _stopped(self, active: ActiveAccount) -> None:
        """Give the lease up when an account has ended, and look whether it is to be started again."""
        await asyncio.wait({active.task})
        await self._forget(active)
        self._stopping.pop(active.account.id, None)
        log.info("account_stopped", account=active.account.id, channel=active.account.channel)
        await self._give_up()
        self._notifier.notify("conditions")
        self._notifier.notify("own-leases")

    def _is_taken_over(self, active: ActiveAccount) -> bool:
        """Return whether another process goes on with an account, or this one under its next lease."""
        is_wanted = self._leases.is_wanted_elsewhere(active.account.person)
        return is_wanted or active.runner.lease.left_s() <= 0

    async def _forget(self, active: ActiveAccount) -> None:
        """Delete the condition of an account that was stopped, unless another process takes it over."""
        if self._is_taken_over(active):
            return
        account, lease = active.account.id, active.runner.lease.lease

        def body(tx: Tx) -> None:
            if is_held(tx, lease):
                conditions.forget(tx, account)

        try:
            await self._database.write(body)
        except StoreUnavailable as error:
            channel, reason = active.account.channel, str(error)
            log.warning("conditions_were_not_deleted", account=account, channel=channel, reason=reason)
        self._notifier.notify("known-accounts")

    async def _give_up(self) -> None:
        """Free the leases that this machine should not have, of persons of whom no account runs here."""
        running = {one.account.person for one in (*self._active.values(), *self._stopping.values())}
        self._has_given_up = False
        try:
            await self._leases.give_up(set(self._leases.to_give_up()) - running)
        except StoreUnavailable as error:
            log.warning("leases_were_not_given_up", reason=str(error))
            return
        self._has_given_up = True

    async def _hand_over(self) -> None:
        """Stop all accounts, and free the lease of each as soon as its connection is closed."""
        ending = [*self._active.values(), *self._stopping.values()]
        for active in ending:
            active.runner.is_handed_over = active.runner.is_process_ending = True
            active.task.cancel()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._drain(), name="drain")
            for active in ending:
                tasks.create_task(self._handed_over(active), name=f"hand-over-{active.account.id}")
        self._listed = None
        self._notifier.notify("conditions")

    async def _drain(self) -> None:
        """Let the others take this machine's accounts, those first of which none runs."""
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(POST_S):
                await self._leases.drain()
                await self._give_up()

    async def _handed_over(self, active: ActiveAccount) -> None:
        """Free the lease of an account as soon as it has ended."""
        await asyncio.wait({active.task})
        self._active.pop(active.account.id, None)
        self._stopping.pop(active.account.id, None)
        with suppress(TimeoutError):
            async with asyncio.timeout(LEASES_S):
                await self._give_up()

    def _start(
        self,
        tasks: asyncio.TaskGroup,
        account: Account,
        lease: HeldLease,
        resumed: GatewaySession | None,
    ) -> None:
        async def store_token(token: str) -> None:
            former = active.account.token
            if await lease.database.write(
                lambda tx: self._accounts.renew_token(tx, account.id, former, token)
            ):
                active.account = replace(active.account, token=token)
                log.warning("token_was_replaced", account=account.id, channel=account.channel)

        session = self._opened(account, store_token, resumed)
        running = self._make(account, session, lease)
        task = tasks.create_task(running.run(), name=f"account-{account.id}")
        active = ActiveAccount(account, running, task)
        self._active[account.id] = active
        self._listed = None
        self._notifier.notify("conditions")
        log.info("account_started", account=account.id, channel=account.channel, epoch=lease.lease.epoch)

    def _opened(self, account: Account, store_token: StoreToken, resumed: GatewaySession | None) -> Session:
        now_ms = self._clock.now_ms()
        if account.token is None:
            log.error("token_cannot_be_decrypted", account=account.id, channel=account.channel)
            return SessionWithoutToken(account.place, now_ms)
        held_s = account.held_s(now_ms)
        with bound_contextvars(account=account.id, channel=account.channel):
            return self._sessions.open(account.token, account.place, store_token, held_s, resumed)
