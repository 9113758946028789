"""An order, and the accounts that may take it: a listed one, any of the list, or one for the moment."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bridge.accounts.account import MOST_JOBS, Account, Kind
from bridge.jobs.command import Command
from bridge.jobs.job import Job
from bridge.ports import Clock
from bridge.store.accounts import Accounts
from bridge.store.database import Tx
from bridge.store.idempotency import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A checked command and where it is to go: a token with its place, a channel alone, or anywhere.

    `parent` is the job whose button is pressed; `key` keeps the order from being taken twice.
    """

    tenant: str
    command: Command
    parent: Job | None = None
    key: Key | None = None
    token: str | None = field(default=None, repr=False)
    server: str | None = None
    channel: str | None = None
    max_jobs: int | None = None
    reply_url: str | None = None
    reply_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """The accounts that an order may go to; `chance` shuffles those of the list."""

    accounts: Accounts
    clock: Clock
    chance: random.Random

    def of(self, tx: Tx, order: Order) -> Sequence[Account]:
        """Return the accounts that may take an order, in the order in which they are to be tried."""
        if order.token and order.channel:
            server = order.server or self._server_of(tx, order.tenant, order.channel)
            placed = replace(order, server=server)
            return [self._explicit(tx, placed, order.token, order.channel)] if server else []
        if order.channel:
            account = self.accounts.at(tx, order.tenant, order.channel) or self._of_parent(tx, order)
            return [account] if account else []
        configured = list(self.accounts.configured(tx, order.tenant))
        self.chance.shuffle(configured)
        return configured

    def _server_of(self, tx: Tx, tenant: str, channel: str) -> str | None:
        """Return the server of the listed account of a channel."""
        account = self.accounts.at(tx, tenant, channel)
        return account.server if account else None

    def _of_parent(self, tx: Tx, order: Order) -> Account | None:
        """Return an account with the token of the parent's, where the list has none for its channel."""
        former = self.accounts.by_id(tx, order.parent.account) if order.parent else None
        return self._explicit(tx, order, former.token, former.channel) if former else None

    def _explicit(self, tx: Tx, order: Order, token: str, channel: str) -> Account:
        """Return the account of a token's owner in a channel: the listed one, or one for the moment."""
        known = self.accounts.of_person(tx, order.tenant, token, channel)
        if known is not None and (known.kind is Kind.CONFIGURED or known.token == token):
            return self._revived(tx, known)
        if known is not None:
            self.accounts.replace_token(tx, known.id, token)
            return self._revived(tx, replace(known, token=token))
        return self.accounts.insert(
            tx,
            tenant=order.tenant,
            kind=Kind.PASSING,
            server=order.server or "",
            channel=channel,
            max_jobs=MOST_JOBS,
            token=token,
            now_ms=self.clock.now_ms(),
        )

    def _revived(self, tx: Tx, account: Account) -> Account:
        """Let an account that has left the list serve once more."""
        if account.kind is not Kind.RETIRED:
            return account
        self.accounts.change(
            tx,
            account.id,
            server=account.server,
            max_jobs=MOST_JOBS,
            kind=Kind.PASSING,
            now_ms=self.clock.now_ms(),
        )
        return replace(account, kind=Kind.PASSING, max_jobs=MOST_JOBS)
