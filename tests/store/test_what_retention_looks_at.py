"""What is kept although it is old costs the retention nothing: it is not walked past at each look."""

from dataclasses import replace

import pytest

from bridge.accounts.account import Account
from bridge.store.database import Database, Tx
from bridge.store.rows import jobs, retention
from tests.tools.counting import instructions
from tests.tools.databases import on_sqlite
from tests.tools.jobs import NOW_MS, new_job
from tests.tools.rows import TENANT


@on_sqlite
@pytest.mark.parametrize("first", [{}, {"ended_ms": NOW_MS, "is_owed": True}], ids=["open", "owed"])
async def test_looking_for_old_jobs_does_not_walk_past_those_that_an_older_one_keeps(
    database: Database, account: Account, first: dict[str, int]
) -> None:
    await database.write(lambda tx: keep(tx, account, range(1, 2), **first))

    await database.write(lambda tx: keep(tx, account, range(2, 12), ended_ms=NOW_MS + 2))
    few = await database.read(look)
    await database.write(lambda tx: keep(tx, account, range(12, 1_012), ended_ms=NOW_MS + 2))
    many = await database.read(look)

    assert many <= 1.5 * few
    assert await database.read(lambda tx: retention.old_jobs(tx, NOW_MS + 9, 50)) == []


@on_sqlite
async def test_looking_for_owed_jobs_does_not_walk_past_others(database: Database, account: Account) -> None:
    def overdue(tx: Tx) -> int:
        return instructions(tx, lambda: retention.overdue_jobs(tx, NOW_MS + 9, 50))

    await database.write(lambda tx: keep(tx, account, range(1, 11), ended_ms=NOW_MS + 2))
    few = await database.read(overdue)
    await database.write(lambda tx: keep(tx, account, range(11, 1_011), ended_ms=NOW_MS + 2))
    many = await database.read(overdue)

    assert many <= 1.5 * few


def look(tx: Tx) -> int:
    return instructions(tx, lambda: retention.old_jobs(tx, NOW_MS + 9, 50))


def keep(tx: Tx, account: Account, numbers: range, **fields: int) -> None:
    for number in numbers:
        job = replace(new_job(number), account=account.id, tenant=TENANT, created_ms=NOW_MS)
        jobs.insert(tx, replace(job, **fields))  # type: ignore[arg-type]
