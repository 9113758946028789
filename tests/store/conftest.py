"""A real SQLite file, and an account in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.accounts.account import Account
from bridge.store.rows.accounts import Accounts
from bridge.store.sqlite.sqlite import SqliteDatabase, sqlite_database
from tests.tools.rows import an_account
from tests.tools.vaults import a_vault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    async with sqlite_database(path) as opened:
        yield opened


@pytest.fixture
def accounts() -> Accounts:
    return Accounts(a_vault())


@pytest.fixture
async def account(database: SqliteDatabase, accounts: Accounts) -> Account:
    return await database.write(lambda tx: an_account(tx, accounts))
