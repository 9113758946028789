"""Rows to put into a database, and what is left of them."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bridge.access.api_token import ApiToken, Origin
from bridge.access.quotas import Quotas
from bridge.access.scopes import ALL, Scope
from bridge.accounts.account import Account, Kind
from bridge.jobs.job import Job
from bridge.leases.term import Machine
from bridge.store.database import Tx
from bridge.store.rows import api_tokens, jobs, leases
from bridge.store.rows.accounts import Accounts
from bridge.store.vault import digest
from tests.tools.jobs import NOW_MS, new_job

TENANT: Final = "default"
NO_QUOTAS: Final = Quotas()
TOKEN: Final = "MTExMTExMTExMTExMTExMTEx.secret.token"


def an_account(
    tx: Tx,
    accounts: Accounts,
    channel: str = "1168473004498501652",
    token: str = TOKEN,
    kind: Kind = Kind.CONFIGURED,
    tenant: str = TENANT,
) -> Account:
    """Keep an account."""
    return accounts.insert(
        tx, tenant=tenant, kind=kind, server="1", channel=channel, max_jobs=3, token=token, now_ms=NOW_MS
    )


def needed(accounts: Accounts) -> Callable[[Tx], Sequence[Account]]:
    """Return what reads the accounts that the only machine must connect, after it has taken their leases."""

    def body(tx: Tx) -> Sequence[Account]:
        leases.remove_all(tx)
        leases.join(tx, Machine("here", "here", NOW_MS))
        leases.take(tx, "here", [group.person for group in leases.groups(tx)], NOW_MS)
        return accounts.needed(tx, "here")

    return body


def a_job(tx: Tx, number: int = 1) -> Job:
    """Keep a job that waits."""
    return jobs.insert(tx, new_job(number))


def keep(tx: Tx, key: str, value: str = "kept") -> str:
    """Keep a value, the smallest of all writes."""
    tx.run("INSERT INTO meta (key, value) VALUES (:key, :value)", key=key, value=value)
    return key


def kept(tx: Tx) -> list[str]:
    """Return the keys of all that was kept."""
    return [row["key"] for row in tx.all("SELECT key FROM meta ORDER BY key")]


def a_token(
    tx: Tx,
    text: str,
    tenant: str = TENANT,
    scopes: frozenset[Scope] = ALL,
    quotas: Quotas = NO_QUOTAS,
    expires_ms: int | None = None,
) -> ApiToken:
    """Keep an API token; its id is made of its text."""
    token = ApiToken(
        id=digest(text)[:8],
        tenant=tenant,
        scopes=scopes,
        quotas=quotas,
        origin=Origin.COMMAND,
        created_ms=NOW_MS,
        expires_ms=expires_ms,
    )
    api_tokens.insert(tx, token, digest(text))
    return token


def left_of(folder: Path, tenant: str) -> dict[str, int]:
    """Return how many rows of a tenant there are, by table."""
    with sqlite3.connect(folder / "bridge.db") as database:
        tables = database.execute(
            """
            SELECT m.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
             WHERE m.type = 'table' AND c.name = 'tenant'
            """
        ).fetchall()
        counts = {
            name: database.execute(f"SELECT count(*) FROM {name} WHERE tenant = ?", (tenant,)).fetchone()[0]
            for (name,) in tables
        }
    return {name: count for name, count in counts.items() if count}
