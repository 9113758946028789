"""Accounts as rows; tokens are encrypted and looked up by their hash.

A token that cannot be decrypted is None: its account needs a new one, all others go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.access.tenant import NOBODY
from bridge.accounts.account import Account, Kind, masked
from bridge.errors import DataError
from bridge.store.database import Row, Tx
from bridge.store.rows.guard_rails import rails_of
from bridge.store.rows.people import person_with
from bridge.store.rows.sealed import ACCOUNTS, place_of
from bridge.store.vault import Vault, digest


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of every tenant."""

    vault: Vault

    def configured(self, tx: Tx, tenant: str) -> Sequence[Account]:
        """Return a tenant's configured accounts."""
        rows = tx.all(
            "SELECT * FROM accounts WHERE tenant = :tenant AND kind = 'configured' ORDER BY id", tenant=tenant
        )
        return [self._account(tx, row) for row in rows]

    def at(self, tx: Tx, tenant: str, channel: str) -> Account | None:
        """Return the configured account of a tenant's channel."""
        row = tx.one(
            "SELECT * FROM accounts WHERE tenant = :tenant AND channel = :channel AND kind = 'configured'",
            tenant=tenant,
            channel=channel,
        )
        return self._account(tx, row) if row else None

    def with_token(self, tx: Tx, tenant: str, token: str) -> Account | None:
        """Return the account of a tenant's list that has this token."""
        row = tx.one(
            "SELECT * FROM accounts WHERE tenant = :tenant AND token_hash = :hash AND kind = 'configured'",
            tenant=tenant,
            hash=digest(token),
        )
        return self._account(tx, row) if row else None

    def of_person(self, tx: Tx, tenant: str, token: str, channel: str) -> Account | None:
        """Return the account of a token's person in this channel, configured or not.

        One person in one channel is one account, however often the token changes: two accounts would receive
        the same messages and could give one video to two jobs.
        """
        row = tx.one(
            """
            SELECT * FROM accounts
             WHERE tenant = :tenant AND person_hash = :person AND channel = :channel
             ORDER BY kind = 'configured' DESC, kind = 'passing' DESC, id DESC
            """,
            tenant=tenant,
            person=person_with(tx, token),
            channel=channel,
        )
        return self._account(tx, row) if row else None

    def by_id(self, tx: Tx, account: int) -> Account | None:
        """Return an account of any kind."""
        row = tx.one("SELECT * FROM accounts WHERE id = :id", id=account)
        return self._account(tx, row) if row else None

    def needed(self, tx: Tx, machine: str) -> Sequence[Account]:
        """Return a machine's accounts that must be connected: configured, or with open or owed jobs."""
        rows = tx.all(
            """
            SELECT accounts.* FROM accounts JOIN leases ON leases.person_hash = accounts.person_hash
             WHERE leases.machine = :machine
               AND (kind = 'configured' OR accounts.id IN (SELECT account FROM jobs WHERE is_owed = 1)
                    OR accounts.id IN (SELECT account FROM jobs WHERE ended_ms IS NULL)
                    OR accounts.id IN (SELECT account FROM queue))
             ORDER BY accounts.id
            """,
            machine=machine,
        )
        return [self._account(tx, row) for row in rows]

    def insert(
        self,
        tx: Tx,
        *,
        tenant: str,
        kind: Kind,
        server: str,
        channel: str,
        max_jobs: int,
        token: str,
        now_ms: int,
    ) -> Account:
        """Insert a new account; raises `AlreadyThere` if a configured account has its channel or token.

        This cannot happen if the same transaction has checked for both.
        """
        (row,) = tx.all(
            """
            INSERT INTO accounts (tenant, kind, channel, server, max_jobs, token, token_hash, person_hash,
                                  mask, updated_ms)
            VALUES (:tenant, :kind, :channel, :server, :max_jobs, :nothing, :hash, :person, :mask, :now_ms)
            RETURNING *
            """,
            tenant=tenant,
            kind=kind,
            channel=channel,
            server=server,
            max_jobs=max_jobs,
            nothing=b"",
            hash=digest(token),
            person=person_with(tx, token),
            mask=masked(token),
            now_ms=now_ms,
        )
        self._store_token(tx, row["id"], tenant, token)
        return _account(row, token)

    def change(self, tx: Tx, account: int, *, server: str, max_jobs: int, kind: Kind, now_ms: int) -> None:
        """Change everything of an account but its token."""
        tx.run(
            """
            UPDATE accounts
               SET server = :server, max_jobs = :max_jobs, kind = :kind, updated_ms = :now_ms
             WHERE id = :id
            """,
            id=account,
            server=server,
            max_jobs=max_jobs,
            kind=kind,
            now_ms=now_ms,
        )

    def replace_token(self, tx: Tx, account: int, token: str) -> None:
        """Replace the token of an account; one whose tenant was removed is given none."""
        row = tx.one(
            """
            UPDATE accounts SET token_hash = :hash, person_hash = :person, mask = :mask
             WHERE id = :id AND tenant <> :nobody RETURNING tenant
            """,
            id=account,
            nobody=NOBODY,
            hash=digest(token),
            person=person_with(tx, token),
            mask=masked(token),
        )
        if row is not None:
            self._store_token(tx, account, row["tenant"], token)

    def renew_token(self, tx: Tx, account: int, former: str | None, token: str) -> bool:
        """Store the token by which Discord replaced an account's; False if it was given another meanwhile.

        It is the same person's: what is known of the person stays.
        """
        row = tx.one(
            """
            UPDATE accounts SET token_hash = :hash, mask = :mask
             WHERE id = :id AND token_hash IN (:former, :hash) RETURNING tenant
            """,
            id=account,
            hash=digest(token),
            former=digest(former or ""),
            mask=masked(token),
        )
        if row is not None:
            self._store_token(tx, account, row["tenant"], token)
        return row is not None

    def _store_token(self, tx: Tx, account: int, tenant: str, token: str) -> None:
        """Store a token, bound to its row: the row must exist."""
        sealed = self.vault.sealed(tx, token, place_of(ACCOUNTS, account, tenant))
        tx.run("UPDATE accounts SET token = :token WHERE id = :id", id=account, token=sealed)

    def _account(self, tx: Tx, row: Row) -> Account:
        try:
            place = place_of(ACCOUNTS, row["id"], row["tenant"])
            return _account(row, self.vault.opened(tx, row["token"], place))
        except DataError:
            return _account(row, None)


@dataclass(frozen=True, slots=True)
class Place:
    """A configured account and its channel, without the token."""

    account: int
    tenant: str
    channel: str
    is_paused: bool


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """The account of a channel in a list, and the channel's server; no token."""

    account: int
    server: str


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account without its decrypted token; `has_token`: it has the token that was asked about."""

    account: int
    kind: Kind
    has_token: bool


def kept(tx: Tx, account: int) -> KnownAccount | None:
    """Return an account of any kind."""
    row = tx.one("SELECT kind FROM accounts WHERE id = :id", id=account)
    return KnownAccount(account, Kind(row["kind"]), has_token=True) if row else None


def person_in(tx: Tx, tenant: str, token: str, channel: str) -> KnownAccount | None:
    """Return the account of a token's person in a channel, like `Accounts.of_person`."""
    row = tx.one(
        """
        SELECT id, kind, token_hash FROM accounts
         WHERE tenant = :tenant AND person_hash = :person AND channel = :channel
         ORDER BY kind = 'configured' DESC, kind = 'passing' DESC, id DESC
        """,
        tenant=tenant,
        person=person_with(tx, token),
        channel=channel,
    )
    return KnownAccount(row["id"], Kind(row["kind"]), row["token_hash"] == digest(token)) if row else None


def listed_in(tx: Tx, tenant: str, channel: str) -> ListedAccount | None:
    """Return the configured account of a tenant's channel."""
    row = tx.one(
        """
        SELECT id, server FROM accounts
         WHERE tenant = :tenant AND channel = :channel AND kind = 'configured'
        """,
        tenant=tenant,
        channel=channel,
    )
    return ListedAccount(row["id"], row["server"]) if row else None


def listed_ids(tx: Tx, tenant: str) -> Sequence[int]:
    """Return the ids of a tenant's configured accounts."""
    rows = tx.all(
        "SELECT id FROM accounts WHERE tenant = :tenant AND kind = 'configured' ORDER BY id", tenant=tenant
    )
    return [row["id"] for row in rows]


def ids_of(tx: Tx, tenant: str) -> Sequence[int]:
    """Return the ids of a tenant's accounts of any kind."""
    rows = tx.all("SELECT id FROM accounts WHERE tenant = :tenant ORDER BY id", tenant=tenant)
    return [row["id"] for row in rows]


def listed(tx: Tx) -> Sequence[Place]:
    """Return the configured accounts of all tenants with their channels."""
    rows = tx.all("SELECT id, tenant, channel, is_paused FROM accounts WHERE kind = 'configured' ORDER BY id")
    return [Place(row["id"], row["tenant"], row["channel"], bool(row["is_paused"])) for row in rows]


def channel_of(tx: Tx, account: int) -> str:
    """Return the channel of an account of any kind."""
    row = tx.one("SELECT channel FROM accounts WHERE id = :id", id=account)
    return row["channel"] if row else ""


def retire(tx: Tx, account: int, now_ms: int) -> None:
    """Remove an account from the list; its owed jobs are still tracked, and it is paused no more."""
    tx.run(
        "UPDATE accounts SET kind = 'retired', is_paused = 0, updated_ms = :now_ms WHERE id = :id",
        id=account,
        now_ms=now_ms,
    )


def pause(tx: Tx, tenant: str, channel: str, *, is_paused: bool) -> bool:
    """Pause the configured account of a channel, or resume it; return False if there is none."""
    changed = tx.run(
        """
        UPDATE accounts SET is_paused = :is_paused
         WHERE tenant = :tenant AND channel = :channel AND kind = 'configured'
        """,
        tenant=tenant,
        channel=channel,
        is_paused=int(is_paused),
    )
    return changed > 0


def unpaused(tx: Tx, accounts: Sequence[int]) -> Sequence[int]:
    """Return those of these accounts that take new jobs."""
    rows = tx.all("SELECT id FROM accounts WHERE is_paused = 1 AND kind = 'configured'")
    paused = {row["id"] for row in rows}
    return [account for account in accounts if account not in paused]


def is_configured(tx: Tx, account: int) -> bool:
    """Return whether an account is configured."""
    return tx.one("SELECT 1 FROM accounts WHERE id = :id AND kind = 'configured'", id=account) is not None


def hold(tx: Tx, account: int, now_ms: int, until_ms: int) -> None:
    """Hold an account until a time: it sends nothing; a longer hold is not shortened."""
    tx.run(
        """
        UPDATE accounts SET held_ms = :now_ms, hold_until_ms = :until_ms
         WHERE id = :id AND (hold_until_ms < :until_ms OR held_ms > :now_ms)
        """,
        id=account,
        now_ms=now_ms,
        until_ms=until_ms,
    )


def hold_person(tx: Tx, account: int, now_ms: int, until_ms: int) -> None:
    """Hold all accounts of an account's person until a time: they make no requests to Discord."""
    of_person = tx.all(
        "SELECT id FROM accounts WHERE person_hash = (SELECT person_hash FROM accounts WHERE id = :id)",
        id=account,
    )
    for row in of_person:
        hold(tx, row["id"], now_ms, until_ms)
    tx.run(
        """
        UPDATE accounts SET silenced_ms = :now_ms, silent_until_ms = :until_ms
         WHERE person_hash = (SELECT person_hash FROM accounts WHERE id = :id)
           AND (silent_until_ms < :until_ms OR silenced_ms > :now_ms)
        """,
        id=account,
        now_ms=now_ms,
        until_ms=until_ms,
    )


def held_until_ms(tx: Tx, account: int, now_ms: int) -> int:
    """Return the end of an account's hold, 0 without one.

    A hold that was stored in the future is ignored: the clock was set back since.
    """
    row = tx.one(
        "SELECT hold_until_ms FROM accounts WHERE id = :id AND held_ms <= :now_ms", id=account, now_ms=now_ms
    )
    return row["hold_until_ms"] if row else 0


def listened_ms(tx: Tx, account: int) -> int:
    """Return an account's stored listening time."""
    row = tx.one("SELECT listened_ms FROM accounts WHERE id = :id", id=account)
    return row["listened_ms"] if row else 0


def keep_listened(tx: Tx, account: int, listened_ms: int) -> None:
    """Store an account's total listening time."""
    tx.run("UPDATE accounts SET listened_ms = :ms WHERE id = :id", id=account, ms=listened_ms)


def keep_unreached(tx: Tx, account: int, unreached_ms: int) -> None:
    """Store how long an account has had no connection to Discord."""
    tx.run("UPDATE accounts SET unreached_ms = :ms WHERE id = :id", id=account, ms=unreached_ms)


def _account(row: Row, token: str | None) -> Account:
    return Account(
        id=row["id"],
        tenant=row["tenant"],
        kind=Kind(row["kind"]),
        server=row["server"],
        channel=row["channel"],
        max_jobs=row["max_jobs"],
        mask=row["mask"],
        token=token,
        person=row["person_hash"],
        person_held_ms=row["silenced_ms"],
        person_held_until_ms=row["silent_until_ms"],
        listened_ms=row["listened_ms"],
        unreached_ms=row["unreached_ms"],
        updated_ms=row["updated_ms"],
        is_paused=bool(row["is_paused"]),
        rails=rails_of(row),
    )
