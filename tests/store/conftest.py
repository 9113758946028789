"""A real database of either engine, and an account in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.accounts.account import Account
from bridge.store.database import Database
from bridge.store.rows.accounts import Accounts
from tests.tools.databases import Storage, opened
from tests.tools.rows import an_account
from tests.tools.vaults import a_vault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


@pytest.fixture
async def database(storage: Storage) -> AsyncIterator[Database]:
    async with opened(storage) as database:
        yield database


@pytest.fixture
def accounts() -> Accounts:
    return Accounts(a_vault())


@pytest.fixture
async def account(database: Database, accounts: Accounts) -> Account:
    return await database.write(lambda tx: an_account(tx, accounts))
