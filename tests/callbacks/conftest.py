"""A sender on a real database, with the clock in the test's hand."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.callbacks.format import CallbackFormat
from bridge.callbacks.sender import CallbackSender
from bridge.notifier import LocalNotifier
from bridge.store.rows.accounts import Accounts
from bridge.store.sqlite.sqlite import SqliteDatabase, sqlite_database
from tests.callbacks.outbox import PAUSES_S, SECRET, job_id
from tests.tools.hand_clock import HandClock
from tests.tools.local_client import local_client
from tests.tools.rows import an_account
from tests.tools.vaults import a_vault


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def notifier(clock: HandClock) -> LocalNotifier:
    return LocalNotifier(clock)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with sqlite_database(tmp_path / "bridge.db") as opened:
        await opened.write(lambda tx: an_account(tx, Accounts(a_vault())))
        yield opened


@pytest.fixture
def timeout_s() -> float:
    return 5.0


@pytest.fixture
async def sender(
    database: SqliteDatabase, notifier: LocalNotifier, clock: HandClock, timeout_s: float
) -> AsyncIterator[CallbackSender]:
    wire = CallbackFormat(encode=job_id, secrets=lambda *_: (SECRET,), timeout_s=timeout_s, pauses_s=PAUSES_S)
    async with local_client() as client:
        running = CallbackSender(database, notifier, clock, client, wire)
        task = asyncio.create_task(running.run())
        yield running
        task.cancel()
        await asyncio.wait({task})
