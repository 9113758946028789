"""Changes the configured accounts, which takes effect at once, and a tenant's own settings."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TypeAlias

from bridge.accounts.account import Account, Kind
from bridge.accounts.condition import Condition
from bridge.accounts.guard_rails import GuardRails, RailChanges
from bridge.accounts.person import person_of
from bridge.flows.places import NotAvailable
from bridge.flows.step import Moved, Now, notify_of, take_step
from bridge.jobs.given_up import REMOVED_ACCOUNT, given_up
from bridge.jobs.job import Cause, Failure, Job, State
from bridge.jobs.signals import Failed
from bridge.ports import Clock, Notifier
from bridge.store.database import Database, Tx
from bridge.store.rows import accounts as account_rows
from bridge.store.rows import configured, guard_rails, jobs, notices, places, tenants
from bridge.store.rows.accounts import Accounts
from bridge.store.rows.tenants import Tenant
from bridge.store.rows.webhook_secrets import WebhookSecrets


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEntry:
    """An account as given by a client or the configuration file.

    `is_paused`: whether it takes no new jobs; None leaves that as it is. `rails`: changes of its guard rails.
    """

    server: str
    channel: str
    token: str = field(repr=False)
    max_jobs: int
    is_paused: bool | None = None
    rails: RailChanges = field(default_factory=RailChanges)

    @property
    def hash(self) -> str:
        """A hash that shows whether an entry has changed since it was applied."""
        pause = [] if self.is_paused is None else [self.is_paused]
        rails = [] if self.rails == RailChanges() else [asdict(self.rails)]
        text = json.dumps([self.server, self.channel, self.token, self.max_jobs, *pause, *rails])
        return hashlib.sha256(text.encode()).hexdigest()

    def changes_only_pause(self, account: Account) -> bool:
        """Return whether it pauses or resumes an account, and leaves all else as it is."""
        given = self.server, self.max_jobs, self.token
        is_same = given == (account.server, account.max_jobs, account.token)
        return is_same and self.is_paused is not None and self.is_paused != account.is_paused


@dataclass(frozen=True, slots=True)
class TokenInUse:
    """Another channel of the tenant has the same token."""

    channel: str


Conflict: TypeAlias = TokenInUse | NotAvailable


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of an entry of the configuration file, and the jobs that it moved."""

    conflict: Conflict | None = None
    moved: Sequence[Moved] = ()


@dataclass(frozen=True, slots=True)
class Outside:
    """What a transaction must know: the time, which accounts are unusable, and which of others connected."""

    now: Now
    unusable: frozenset[int]
    connected: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Configure:
    """Sets and removes accounts. `condition` returns the condition of a running account."""

    database: Database
    accounts: Accounts
    notifier: Notifier
    clock: Clock
    condition: Callable[[int], Condition | None]

    async def set(self, tenant: str, entry: AccountEntry) -> Conflict | None:
        """Create or update the account of a channel, and start its session."""
        outside = await self._outside(tenant, entry)
        conflict = await self.database.write(lambda tx: self._insert_or_update(tx, tenant, entry, outside))
        self.notifier.notify("accounts")
        return conflict

    async def pause(self, tenant: str, channel: str, *, is_paused: bool) -> bool:
        """Pause or resume the account of a channel; False if there is none. Nothing else changes."""
        now_ms = self.clock.now_ms()
        found = await self.database.write(
            lambda tx: _pause(tx, tenant, channel, is_paused=is_paused, now_ms=now_ms)
        )
        self.notifier.notify("accounts")
        return found

    async def remove(self, tenant: str, channel: str) -> bool:
        """Remove a channel's account; False if there is none. Jobs it has sent are still tracked."""
        outside = await self._outside(tenant)
        moved = await self.database.write(lambda tx: self._remove(tx, tenant, channel, outside))
        self.notifier.notify("accounts")
        notify_of(self.notifier, moved or [])
        return moved is not None

    async def apply(self, tenant: str, entries: Sequence[AccountEntry]) -> list[Conflict]:
        """Apply entries of the configuration file that are new or have changed."""
        outside = await self._outside(tenant, *entries)
        applied = await self.database.write(
            lambda tx: [self._apply_entry(tx, tenant, entry, entries, outside) for entry in entries]
        )
        self.notifier.notify("accounts")
        notify_of(self.notifier, [after for one in applied for after in one.moved])
        return [one.conflict for one in applied if one.conflict is not None]

    async def _outside(self, tenant: str, *entries: AccountEntry) -> Outside:
        def look(tx: Tx) -> tuple[Sequence[int], list[int]]:
            rivals = [rival for one in entries for rival in places.rivals(tx, tenant, one.token, one.channel)]
            return account_rows.listed_ids(tx, tenant), rivals

        listed, rivals = await self.database.read(look)
        unusable, connected = filter(self._is_unusable, listed), filter(self._is_connected, rivals)
        return Outside(Now(self.clock.now_ms()), frozenset(unusable), frozenset(connected))

    def _apply_entry(
        self, tx: Tx, tenant: str, entry: AccountEntry, entries: Sequence[AccountEntry], outside: Outside
    ) -> Applied:
        if configured.applied_hash(tx, tenant, entry.channel) == entry.hash:
            return Applied()
        moved = self._leave_former_channel(tx, tenant, entry, entries, outside)
        conflict = self._insert_or_update(tx, tenant, entry, outside)
        if conflict is None:
            configured.keep_applied_hash(tx, tenant, entry.channel, entry.hash)
        return Applied(conflict, moved)

    def _leave_former_channel(
        self, tx: Tx, tenant: str, entry: AccountEntry, entries: Sequence[AccountEntry], outside: Outside
    ) -> Sequence[Moved]:
        """Remove the account with an entry's token if the file made it and names its channel no more."""
        holder = self.accounts.with_token(tx, tenant, entry.token)
        if holder is None or holder.channel in {one.channel for one in entries}:
            return []
        if configured.applied_hash(tx, tenant, holder.channel) is None:
            return []
        configured.forget(tx, tenant, holder.channel)
        return self._remove(tx, tenant, holder.channel, outside) or []

    def _insert_or_update(
        self, tx: Tx, tenant: str, entry: AccountEntry, outside: Outside
    ) -> Conflict | None:
        holder = self.accounts.with_token(tx, tenant, entry.token)
        if holder is not None and holder.channel != entry.channel:
            return TokenInUse(holder.channel)
        if places.is_of_another(tx, tenant, entry.token, entry.channel) or not outside.connected.isdisjoint(
            places.rivals(tx, tenant, entry.token, entry.channel)
        ):
            return NotAvailable(entry.channel)
        current = self.accounts.at(tx, tenant, entry.channel)
        if current is not None and current.token != entry.token and _must_drain(tx, current, entry, outside):
            account_rows.retire(tx, current.id, outside.now.ms)
            self._insert(tx, tenant, entry, current, outside.now.ms)
        elif current is not None and not entry.changes_only_pause(current):
            self.accounts.replace_token(tx, current.id, entry.token)
            self._update(tx, current, entry, outside.now.ms)
        elif current is None:
            self._insert(tx, tenant, entry, None, outside.now.ms)
        was_paused = current is not None and current.is_paused
        is_paused = was_paused if entry.is_paused is None else entry.is_paused
        _pause(tx, tenant, entry.channel, is_paused=is_paused, now_ms=outside.now.ms)
        rails = entry.rails.applied_to(GuardRails() if current is None else current.rails)
        guard_rails.keep(tx, tenant, entry.channel, rails)
        return None

    def _is_connected(self, account: int) -> bool:
        condition = self.condition(account)
        return condition is not None and condition.hears

    def _is_unusable(self, account: int) -> bool:
        condition = self.condition(account)
        return condition is not None and condition.is_unusable and not condition.hears

    def _insert(self, tx: Tx, tenant: str, entry: AccountEntry, former: Account | None, now_ms: int) -> None:
        known = self.accounts.of_person(tx, tenant, entry.token, entry.channel)
        if known is not None:
            self.accounts.replace_token(tx, known.id, entry.token)
            self._update(tx, known, entry, now_ms)
        account = known or self.accounts.insert(
            tx,
            tenant=tenant,
            kind=Kind.CONFIGURED,
            server=entry.server,
            channel=entry.channel,
            max_jobs=entry.max_jobs,
            token=entry.token,
            now_ms=now_ms,
        )
        for job in _waiting(tx, former):
            jobs.save(tx, replace(job, account=account.id, discord=account.mask, listened_ms=0))

    def _update(self, tx: Tx, account: Account, entry: AccountEntry, now_ms: int) -> None:
        self.accounts.change(
            tx,
            account.id,
            server=entry.server,
            max_jobs=entry.max_jobs,
            kind=Kind.CONFIGURED,
            now_ms=now_ms,
        )

    def _remove(self, tx: Tx, tenant: str, channel: str, outside: Outside) -> Sequence[Moved] | None:
        account = self.accounts.at(tx, tenant, channel)
        if account is None:
            return None
        now = outside.now
        account_rows.retire(tx, account.id, now.ms)
        failed = Failed(Failure(Cause.ACCOUNT_REMOVED, "The account was removed before the job was sent"))
        moved = [after for job in _waiting(tx, account) if (after := take_step(tx, job, failed, now))]
        return [*moved, *_give_up_sent(tx, account, now)] if account.id in outside.unusable else moved


async def change_settings(database: Database, tenant: str, changes: Mapping[str, str | None]) -> Tenant:
    """Change a tenant's settings by name, and return all of them; None clears one."""

    def change(tx: Tx) -> Tenant:
        changed = replace(tenants.get(tx, tenant), **changes)
        tenants.put(tx, tenant, changed)
        return changed

    return await database.write(change)


async def webhook_secret(database: Database, secrets: WebhookSecrets, tenant: str, now_ms: int) -> str:
    """Return the secret that signs a tenant's callbacks; one that has none is given one."""
    return await database.write(lambda tx: secrets.prepare(tx, tenant, None, now_ms))


def _pause(tx: Tx, tenant: str, channel: str, *, is_paused: bool, now_ms: int) -> bool:
    """Pause an account, or resume it: then it also takes jobs again if it was out of credits."""
    if not is_paused:
        notices.resume(tx, tenant, channel, now_ms)
    return account_rows.pause(tx, tenant, channel, is_paused=is_paused)


def _must_drain(tx: Tx, current: Account, entry: AccountEntry, outside: Outside) -> bool:
    """Return whether the old token must stay connected: usable, with owed jobs, of another person."""
    is_same_person = current.token is not None and person_of(current.token) == person_of(entry.token)
    return bool(jobs.owed_ids(tx, current.id)) and current.id not in outside.unusable and not is_same_person


def _give_up_sent(tx: Tx, account: Account, now: Now) -> Sequence[Moved]:
    """Give up the jobs that were sent: nothing is received any more, so silence would never end them."""
    signal = given_up(REMOVED_ACCOUNT)
    return [after for job in jobs.open_of(tx, account.id) if (after := take_step(tx, job, signal, now))]


def _waiting(tx: Tx, account: Account | None) -> Sequence[Job]:
    if account is None:
        return []
    return [job for job in jobs.open_of(tx, account.id) if job.state is State.WAITING]
