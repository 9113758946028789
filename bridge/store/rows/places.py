"""Which tenant a Discord person belongs to in a channel.

Two tenants there would receive the same messages, and could be given each other's videos.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.store.database import Row, Tx
from bridge.store.rows.people import person_with, person_with_id
from bridge.store.vault import digest


@dataclass(frozen=True, slots=True)
class Login:
    """What Discord has accepted: a token, as its hash, and the person that Discord said it belongs to."""

    token_hash: str
    person: str


def login_with(token: str, user_id: str) -> Login:
    """Return the login with a token, for which Discord named this user."""
    return Login(digest(token), person_with_id(user_id))


def is_of_another(tx: Tx, tenant: str, token: str, channel: str) -> bool:
    """Return whether a token's person belongs to another tenant in a channel."""
    person = person_with(tx, token)
    owner = _owner(tx, person, channel)
    return owner is not None and owner != tenant and _is_held(tx, person, channel, owner)


def rivals(tx: Tx, tenant: str, token: str, channel: str) -> Sequence[int]:
    """Return the accounts of a token's person in a channel whose tenants it may still come to belong to.

    Those of the tenant that it belongs to are left out: `is_of_another` tells whether it still does.
    """
    person = person_with(tx, token)
    owner = _owner(tx, person, channel)
    return [account for account, of in _others(tx, tenant, person, channel) if of != owner]


def is_current(tx: Tx, account: int, login: Login) -> bool:
    """Return whether an account still has the token of a login: it may have been given another since."""
    row = _place(tx, account)
    return row is not None and row["token_hash"] == login.token_hash


def is_own(tx: Tx, account: int, login: Login) -> bool:
    """Return whether the person that an account is logged in as belongs to its tenant in its channel."""
    row = _place(tx, account)
    return (
        row is not None
        and row["token_hash"] == login.token_hash
        and row["person_hash"] == login.person
        and row["tenant"] == row["owner"]
    )


def take(tx: Tx, account: int, login: Login) -> bool:
    """Let the person that an account is logged in as belong to its tenant; False if it belongs to another.

    The account must still have the token of the login. From now on every account with that token is known as
    that person's, whatever the token named.
    """
    tx.run(
        """
        UPDATE accounts SET person_hash = :person
         WHERE token_hash = :hash AND person_hash <> :person
        """,
        hash=login.token_hash,
        person=login.person,
    )
    row = _place(tx, account)
    if row is None or row["token_hash"] != login.token_hash:
        return False
    tenant, channel, owner = row["tenant"], row["channel"], row["owner"]
    if owner == tenant:
        return True
    if owner is not None and _is_held(tx, login.person, channel, owner):
        return False
    tx.run(
        """
        INSERT INTO places (person_hash, channel, tenant) VALUES (:person, :channel, :tenant)
        ON CONFLICT (person_hash, channel) DO UPDATE SET tenant = excluded.tenant
        """,
        person=login.person,
        channel=channel,
        tenant=tenant,
    )
    return True


def rivals_of(tx: Tx, account: int) -> Sequence[int]:
    """Return the accounts that other tenants have of an account's person in its channel."""
    row = _place(tx, account)
    if row is None:
        return []
    return [one for one, _ in _others(tx, row["tenant"], row["person_hash"], row["channel"])]


def delete_of(tx: Tx, tenant: str) -> None:
    """Let nobody belong to a tenant any more."""
    tx.run("DELETE FROM places WHERE tenant = :tenant", tenant=tenant)


def _place(tx: Tx, account: int) -> Row | None:
    return tx.one(
        """
        SELECT accounts.tenant, accounts.token_hash, accounts.person_hash, accounts.channel,
               places.tenant AS owner
          FROM accounts LEFT JOIN places
            ON places.person_hash = accounts.person_hash AND places.channel = accounts.channel
         WHERE accounts.id = :id
        """,
        id=account,
    )


def _owner(tx: Tx, person: str, channel: str) -> str | None:
    row = tx.one(
        "SELECT tenant FROM places WHERE person_hash = :person AND channel = :channel",
        person=person,
        channel=channel,
    )
    return row["tenant"] if row else None


def _is_held(tx: Tx, person: str, channel: str, owner: str) -> bool:
    """Return whether a tenant still lists an account of a person in a channel, or has a job there."""
    row = tx.one(
        """
        SELECT 1 FROM accounts
         WHERE person_hash = :person AND channel = :channel AND tenant = :tenant
           AND (kind = 'configured'
                OR EXISTS (SELECT 1 FROM jobs WHERE jobs.account = accounts.id AND is_owed = 1)
                OR EXISTS (SELECT 1 FROM jobs WHERE jobs.account = accounts.id AND ended_ms IS NULL))
         LIMIT 1
        """,
        person=person,
        channel=channel,
        tenant=owner,
    )
    return row is not None


def _others(tx: Tx, tenant: str, person: str, channel: str) -> Sequence[tuple[int, str]]:
    """Return the accounts of other tenants, each before its tenant."""
    rows = tx.all(
        """
        SELECT id, tenant FROM accounts
         WHERE person_hash = :person AND channel = :channel AND tenant <> :tenant AND kind <> 'retired'
         ORDER BY id
        """,
        person=person,
        channel=channel,
        tenant=tenant,
    )
    return [(row["id"], row["tenant"]) for row in rows]
