"""A real SQLite file, and rows to put into it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from bridge.accounts.account import Account, Kind
from bridge.jobs.job import Job
from bridge.store import jobs
from bridge.store.accounts import Accounts
from bridge.store.database import Tx
from bridge.store.sqlite import SqliteDatabase, sqlite_database
from bridge.store.vault import Vault
from tests.jobs.conftest import NOW_MS, new_job

if TYPE_CHECKING:
    import sqlite3

TENANT: Final = "default"
TOKEN: Final = "MTExMTExMTExMTExMTExMTEx.secret.token"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    async with sqlite_database(path) as opened:
        yield opened


@pytest.fixture
def accounts() -> Accounts:
    return Accounts(Vault(b"key", lambda _: None))


@pytest.fixture
async def account(database: SqliteDatabase, accounts: Accounts) -> Account:
    return await database.write(lambda tx: an_account(tx, accounts))


def an_account(
    tx: Tx,
    accounts: Accounts,
    channel: str = "1168473004498501652",
    token: str = TOKEN,
    kind: Kind = Kind.CONFIGURED,
) -> Account:
    return accounts.insert(
        tx, tenant=TENANT, kind=kind, server="1", channel=channel, max_jobs=3, token=token, now_ms=NOW_MS
    )


def a_job(tx: Tx, number: int = 1) -> Job:
    return jobs.insert(tx, new_job(number))


def keep(tx: Tx, key: str, value: str = "kept") -> str:
    """Keep a value, the smallest of all writes."""
    tx.run("INSERT INTO meta (key, value) VALUES (:key, :value)", key=key, value=value)
    return key


def kept(tx: Tx) -> list[str]:
    return [row["key"] for row in tx.all("SELECT key FROM meta ORDER BY key")]


def instructions(tx: Tx, ask: Callable[[], object]) -> int:
    """Return how many of its own instructions SQLite runs."""
    count = 0

    def one_more() -> int:
        nonlocal count
        count += 1
        return 0

    connection: sqlite3.Connection = tx._connection  # type: ignore[attr-defined]
    connection.set_progress_handler(one_more, 1)
    try:
        ask()
    finally:
        connection.set_progress_handler(None, 0)
    return count
