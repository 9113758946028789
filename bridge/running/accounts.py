"""The accounts that run: started and stopped as the store says who must listen."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from bridge.accounts.account import Account, Kind
from bridge.accounts.condition import Condition
from bridge.flows.hear.strays import Unmatched
from bridge.flows.send.next_job import Known
from bridge.ports import Clock, Notifier
from bridge.running.account import RunningAccount
from bridge.sessions.port import Session, Sessions
from bridge.store.database import Database, StoreUnavailable
from bridge.store.rows.accounts import Accounts

log = structlog.get_logger(__name__)

LOOK_S: Final = 10.0
IDLE_MS: Final = 60_000
"""For how long an account that is in no list stays connected with nothing to do."""


@dataclass(slots=True)
class Running:
    """An account at work: what it was started with, and since when nothing needs it."""

    account: Account
    running: RunningAccount
    task: "asyncio.Task[None]"
    idle_ms: int | None = field(default=None)


class RunningAccounts:
    """Runs every account of the store on this machine. `make` builds a running account on a session.

    Of accounts that are in no list, `most_passing` may run at a time.
    """

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        notifier: Notifier,
        clock: Clock,
        sessions: Sessions,
        make: Callable[[Account, Session], RunningAccount],
        most_passing: int,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._notifier = notifier
        self._clock = clock
        self._sessions = sessions
        self._make = make
        self._most_passing = most_passing
        self._posts: dict[int, Running] = {}
        self._kept: Counter[int] = Counter()
        self._listed: defaultdict[str, list[int]] | None = None

    def condition(self, account: int) -> Condition | None:
        """Return an account's condition, None while it is not running."""
        post = self._posts.get(account)
        return post.running.session.condition if post else None

    def known(self, account: int) -> Known | None:
        """Return what the database does not say of an account's waiting jobs, None while it does not run."""
        post = self._posts.get(account)
        return post.running.known() if post else None

    def unmatched(self, account: int) -> Unmatched | None:
        """Return the videos that no job of an account got, None while it is not running."""
        post = self._posts.get(account)
        return post.running.unmatched if post else None

    def listed(self, tenant: str) -> Sequence[int]:
        """Return the running accounts of a tenant's list; the list itself may be newer."""
        if self._listed is None:
            self._listed = defaultdict(list)
            for post in self._posts.values():
                if post.account.kind is Kind.CONFIGURED:
                    self._listed[post.account.tenant].append(post.account.id)
        return self._listed[tenant]

    def running(self) -> Set[int]:
        """Return the accounts that run, or that somebody wants to."""
        return frozenset(self._posts.keys() | self._kept.keys())

    def has_room(self, account: int | None) -> bool:
        """Tell whether an account that is in no list may run: this one, or a new one."""
        passing = {each for each, post in self._posts.items() if post.account.kind is Kind.PASSING}
        passing |= self._kept.keys()
        return account in passing or len(passing) < self._most_passing

    def sessions(self, tenant: str) -> Mapping[int, Session]:
        """Return a tenant's connected sessions by account."""
        mine = [post for post in self._posts.values() if post.account.tenant == tenant]
        sessions = ((post.account.id, post.running.session) for post in mine)
        return {account: session for account, session in sessions if session.condition.is_connected}

    @contextmanager
    def keeping(self, account: int) -> Iterator[None]:
        """Keep an account running that is not in any list."""
        self._kept[account] += 1
        self._notifier.notify("accounts")
        try:
            yield
        finally:
            self._kept[account] -= 1
            self._kept += Counter()

    async def run(self) -> None:
        """Follow the store until cancelled; every account ends with it."""
        with self._notifier.subscribe("accounts") as subscription:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    await self._look(tasks)
                    await subscription.wait(LOOK_S)

    async def _look(self, tasks: asyncio.TaskGroup) -> None:
        try:
            needed = {account.id: account for account in await self._database.read(self._accounts.needed)}
            for account_id in [kept for kept in self._kept if kept not in needed]:
                account = await self._database.read(lambda tx, a=account_id: self._accounts.by_id(tx, a))  # type: ignore[misc]
                needed |= {account_id: account} if account else {}
        except StoreUnavailable as error:
            log.warning("accounts_were_not_read", reason=str(error))
            return
        posts = list(self._posts.values())
        await self._stop([post for post in posts if await self._must_stop(post, needed.get(post.account.id))])
        for account_id in needed.keys() - self._posts.keys():
            if account := await self._read_again(account_id):
                self._start(tasks, account)

    async def _must_stop(self, post: Running, account: Account | None) -> bool:
        """Tell whether an account is needed no more, or was set anew."""
        if account is None:
            return self._is_idle_long(post)
        post.idle_ms = None
        if account.token != post.account.token:
            account = await self._read_again(account.id)
        return account is not None and self._must_restart(post, account)

    async def _read_again(self, account: int) -> Account | None:
        """Return an account as it is now: Discord may have replaced its token since it was read."""
        try:
            return await self._database.read(lambda tx: self._accounts.by_id(tx, account))
        except StoreUnavailable as error:
            log.warning("account_was_not_read", account=account, reason=str(error))
            return None

    def _is_idle_long(self, post: Running) -> bool:
        """Tell whether an account that nothing needs may go: a passing one is kept for a while."""
        now_ms = self._clock.monotonic_ms()
        post.idle_ms = now_ms if post.idle_ms is None else post.idle_ms
        return post.account.kind is not Kind.PASSING or now_ms - post.idle_ms > IDLE_MS

    def _must_restart(self, post: Running, account: Account) -> bool:
        """Tell whether the account was set anew: another token or place, or a person's answer to trouble.

        One that was taken from the list is no answer: who needs a person is not logged in again by that.
        """
        if post.account.token != account.token or post.account.place != account.place:
            return True
        was_set = post.account.updated_ms != account.updated_ms
        post.account = account
        self._listed = None
        if was_set:
            self._notifier.notify(f"account:{account.id}")
        is_answer = was_set and account.kind is not Kind.RETIRED
        return is_answer and post.running.session.condition.is_unusable

    async def _stop(self, posts: Sequence[Running]) -> None:
        """Stop accounts side by side: each may take seconds to end its POST and its session."""
        for post in posts:
            del self._posts[post.account.id]
            post.task.cancel()
        self._listed = None
        if posts:
            await asyncio.wait({post.task for post in posts})
            self._notifier.notify("conditions")
        for post in posts:
            log.info("account_stopped", channel=post.account.channel)

    def _start(self, tasks: asyncio.TaskGroup, account: Account) -> None:
        async def store_token(token: str) -> None:
            await self._database.write(lambda tx: self._accounts.replace_token(tx, account.id, token))
            post.account = replace(post.account, token=token)
            log.warning("token_was_replaced", channel=account.channel)

        silent_s = account.silent_s(self._clock.now_ms())
        session = self._sessions.open(account.token, account.place, store_token, silent_s)
        running = self._make(account, session)
        task = tasks.create_task(running.run(), name=f"account-{account.id}")
        post = Running(account, running, task)
        self._posts[account.id] = post
        self._listed = None
        self._notifier.notify("conditions")
        log.info("account_started", channel=account.channel)
