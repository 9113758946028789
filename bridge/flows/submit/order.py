"""An order, and its account: a configured one, a passing one given in the request, or any."""

import secrets
from dataclasses import dataclass, field, replace

from bridge.accounts.account import MOST_JOBS, Account, Kind
from bridge.flows.places import NotAvailable
from bridge.jobs.command import Command
from bridge.jobs.job import Job
from bridge.jobs.queue import USUAL_PRIORITY
from bridge.store.database import Tx
from bridge.store.rows import accounts as account_rows
from bridge.store.rows import places
from bridge.store.rows.accounts import Accounts, KnownAccount
from bridge.store.rows.idempotency import Key


@dataclass(frozen=True, slots=True)
class JobQuota:
    """How many jobs a day the API token of an order may have."""

    token_id: str
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A validated command and its account: a token with its channel, a channel alone, or any account.

    `job_id` is the id of the job that it may become. `parent` is the job whose button is pressed; `key` is
    the idempotency key, `traceparent` what its request brought of a trace. `queue`: how many jobs may wait
    for each account that could take it; `priority`: its own among those. `is_async`: its client does not wait
    for the bot's first answer. `labels`: which the account must have.
    """

    job_id: str | None = None
    tenant: str
    command: Command
    parent: Job | None = None
    key: Key | None = None
    quota: JobQuota | None = None
    token: str | None = field(default=None, repr=False)
    server: str | None = None
    channel: str | None = None
    max_jobs: int | None = None
    reply_url: str | None = None
    reply_ref: str | None = None
    traceparent: str | None = None
    queue: int = 0
    priority: int = USUAL_PRIORITY
    is_async: bool = False
    labels: tuple[str, ...] = ()

    @property
    def account_of_parent(self) -> int | None:
        """The account that made the job whose button is pressed."""
        return self.parent.account if self.parent else None


def new_job_id(now_ms: int) -> str:
    """Return an unguessable id that sorts by time."""
    return f"{now_ms:012x}{secrets.token_hex(10)}"


@dataclass(frozen=True, slots=True)
class Named:
    """The account that an order selects by token or channel; `is_listed` is False for a passing one."""

    account: int
    is_listed: bool


@dataclass(frozen=True, slots=True)
class AccountResolver:
    """Finds the account that an order selects."""

    accounts: Accounts

    def find(self, tx: Tx, order: Order) -> Named | NotAvailable | None:
        """Return the selected account, None if it must be created first or there is none."""
        if order.channel is None:
            return None
        if order.token:
            if self._server(tx, order) is None:
                return None
            if places.is_of_another(tx, order.tenant, order.token, order.channel):
                return NotAvailable(order.channel)
            known = account_rows.person_in(tx, order.tenant, order.token, order.channel)
            return _named(known) if known and (known.kind is Kind.CONFIGURED or known.has_token) else None
        listed = account_rows.listed_in(tx, order.tenant, order.channel)
        if listed is not None:
            return Named(listed.account, is_listed=True)
        former = order.account_of_parent
        return _named(account_rows.kept(tx, former)) if former is not None else None

    def let_in(self, tx: Tx, order: Order, now_ms: int) -> Named | NotAvailable | None:
        """Return the selected account, created or changed so that it can take the order."""
        if (found := self.find(tx, order)) or order.channel is None:
            return found
        if order.token:
            placed = replace(order, server=self._server(tx, order))
            return self._of_owner(tx, placed, order.token, order.channel, now_ms) if placed.server else None
        account = order.account_of_parent
        former = self.accounts.by_id(tx, account) if account is not None else None
        if former is None or former.token is None:
            return None
        if places.is_of_another(tx, order.tenant, former.token, former.channel):
            return NotAvailable(former.channel)
        return self._of_owner(tx, order, former.token, former.channel, now_ms)

    def _server(self, tx: Tx, order: Order) -> str | None:
        """Return the order's server, else that of the channel's configured account."""
        if order.server or order.channel is None:
            return order.server
        listed = account_rows.listed_in(tx, order.tenant, order.channel)
        return listed.server if listed else None

    def _of_owner(self, tx: Tx, order: Order, token: str, channel: str, now_ms: int) -> Named:
        """Return the account of a token's person in a channel, configured or passing."""
        known = self.accounts.of_person(tx, order.tenant, token, channel)
        if known is None:
            return self._insert(tx, order, token, channel, now_ms)
        if known.kind is not Kind.CONFIGURED and known.token != token:
            self.accounts.replace_token(tx, known.id, token)
        if known.kind is Kind.RETIRED:
            self._revive(tx, known, now_ms)
        return Named(known.id, is_listed=known.kind is Kind.CONFIGURED)

    def _insert(self, tx: Tx, order: Order, token: str, channel: str, now_ms: int) -> Named:
        account = self.accounts.insert(
            tx,
            tenant=order.tenant,
            kind=Kind.PASSING,
            server=order.server or "",
            channel=channel,
            max_jobs=MOST_JOBS,
            token=token,
            now_ms=now_ms,
        )
        return Named(account.id, is_listed=False)

    def _revive(self, tx: Tx, account: Account, now_ms: int) -> None:
        """Make a retired account a passing one, so that it takes orders again."""
        self.accounts.change(
            tx, account.id, server=account.server, max_jobs=MOST_JOBS, kind=Kind.PASSING, now_ms=now_ms
        )


def _named(known: KnownAccount | None) -> Named | None:
    """Return an account that can take orders unchanged."""
    if known is None or known.kind is Kind.RETIRED:
        return None
    return Named(known.account, is_listed=known.kind is Kind.CONFIGURED)
