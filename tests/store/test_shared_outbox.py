"""Two processes claim from one outbox on PostgreSQL: neither waits for the other, nor gets what it has."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from bridge.store.database import Database
from bridge.store.rows import deliveries
from bridge.store.rows.accounts import Accounts
from tests.tools.databases import opened
from tests.tools.deliveries import owe
from tests.tools.jobs import NOW_MS
from tests.tools.rows import an_account

MANY = 60


@pytest.fixture
async def one(postgres_url: str, accounts: Accounts) -> AsyncIterator[Database]:
    async with opened(postgres_url) as database:
        await database.write(lambda tx: an_account(tx, accounts))
        await database.write(lambda tx: [owe(tx, f"d{number}", number) for number in range(MANY)])
        yield database


@pytest.fixture
async def two(one: Database, postgres_url: str) -> AsyncIterator[Database]:
    async with opened(postgres_url) as database:
        yield database


async def claim(database: Database, at_most: int) -> list[str]:
    found = await database.write(lambda tx: deliveries.claim(tx, "x", NOW_MS, NOW_MS + 30_000, at_most))
    return [delivery.id for delivery in found]


async def test_what_two_processes_claim_at_once_is_never_the_same(one: Database, two: Database) -> None:
    shares = await asyncio.gather(*(claim(database, 5) for _ in range(8) for database in (one, two)))
    rest = await claim(one, MANY)

    claimed = [delivery for share in (*shares, rest) for delivery in share]
    assert sorted(claimed) == sorted(f"d{number}" for number in range(MANY))


async def test_what_another_process_is_just_claiming_is_left_to_it_and_not_waited_for(
    one: Database, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url) as claiming:
        claiming.execute("UPDATE deliveries SET claim_ms = 1 WHERE id = 'd0'")

        claimed = await claim(one, MANY)

        claiming.rollback()
    assert sorted(claimed) == sorted(f"d{number}" for number in range(1, MANY))
