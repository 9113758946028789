"""What an operator watches in the database, and what a probe asks of it, on both engines."""

from dataclasses import replace

import pytest

from bridge.accounts.account import Account
from bridge.jobs.job import OPEN, State
from bridge.store.database import Database, Tx
from bridge.store.rows import accounts as account_rows
from bridge.store.rows import deliveries, events, jobs, measures, meta, schema_version
from bridge.store.sqlite.migrations import newest
from tests.tools.jobs import NOW_MS, new_job
from tests.tools.rows import TENANT

NONE_OPEN = {state.value: 0 for state in OPEN}


async def test_an_empty_database_has_nothing_of_anything(database: Database) -> None:
    found = await database.read(measures.now)

    assert found == measures.Measures(NONE_OPEN, strays=0, owed=0, oldest_ms=None, configured=0, paused=0)


async def test_open_jobs_are_counted_by_state_and_owed_callbacks_with_their_age(
    database: Database, account: Account
) -> None:
    def keep(tx: Tx) -> None:
        for number, state in enumerate((State.WAITING, State.WAITING, State.PROGRESS, State.COMPLETED), 1):
            ended_ms = NOW_MS if state is State.COMPLETED else None
            job = replace(jobs.insert(tx, new_job(number)), state=state, ended_ms=ended_ms)
            position = events.append(tx, jobs.save(tx, job))
            if state is State.COMPLETED:
                deliveries.enqueue(
                    tx,
                    delivery="msg_1",
                    tenant=TENANT,
                    job=job.id,
                    position=position,
                    url="http://receiver.example/",
                    now_ms=NOW_MS,
                )
        account_rows.pause(tx, TENANT, account.channel, is_paused=True)

    await database.write(keep)

    found = await database.read(measures.now)

    assert found == measures.Measures(
        {**NONE_OPEN, "waiting": 2, "progress": 1},
        strays=0,
        owed=1,
        oldest_ms=NOW_MS,
        configured=1,
        paused=1,
    )


async def test_the_schema_is_one_of_this_version(database: Database) -> None:
    found = await database.read(schema_version.of)

    assert found.oldest <= newest() == found.number


@pytest.mark.usefixtures("account")
async def test_a_try_to_write_leaves_nothing_behind(database: Database) -> None:
    before = await database.read(lambda tx: len(tx.all("SELECT key FROM meta")))

    await database.write(meta.try_to_write)

    assert await database.read(lambda tx: len(tx.all("SELECT key FROM meta"))) == before
