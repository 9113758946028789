"""Positions, and the numbers of rows, go on above those that were given before the move."""

import asyncio
from pathlib import Path

import pytest

from bridge.app.secret_keys import check_keys
from bridge.store.database import Tx
from bridge.store.rows import events
from bridge.store.rows.accounts import Accounts
from tests.tools.databases import opened
from tests.tools.jobs import NOW_MS
from tests.tools.moving import KEY, moved
from tests.tools.rows import a_job, an_account
from tests.tools.vaults import a_vault

LATER_MS = NOW_MS + 1_000_000


def a_job_with_two_events(tx: Tx) -> tuple[int, int]:
    """Keep a job with its account, and return the positions of its events."""
    check_keys(tx, [KEY])
    events.begin(tx, NOW_MS)
    an_account(tx, Accounts(a_vault(KEY.text)))
    job = a_job(tx)
    return events.append(tx, job), events.append(tx, job)


@pytest.mark.parametrize("is_back", [False, True])
@pytest.mark.parametrize("is_newest_deleted", [False, True])
async def test_a_reader_finds_its_position_and_later_ones_above(
    tmp_path: Path, postgres_url: str, is_back: bool, is_newest_deleted: bool
) -> None:
    source, target = tmp_path / "bridge.db", tmp_path / "back.db" if is_back else postgres_url
    async with opened(source) as database:
        first, second = await database.write(a_job_with_two_events)
        if is_newest_deleted:
            await database.write(lambda tx: events.delete(tx, second))
        before = await database.read(lambda tx: events.ends_of(tx, "default"))

    await asyncio.to_thread(moved, source, postgres_url)
    if is_back:
        await asyncio.to_thread(moved, postgres_url, target)

    async with opened(target) as database:
        await database.write(lambda tx: events.begin(tx, LATER_MS))
        assert await database.read(lambda tx: events.ends_of(tx, "default")) == before
        left = await database.read(lambda tx: events.of_tenant(tx, "default", first - 1, 10))
        assert [event.position for event in left] == [first, second][: 2 - is_newest_deleted]
        number = left[0].job.number
        later = await database.write(lambda tx: (events.append(tx, left[0].job), a_job(tx, 2).number))
    assert later == (second + 1, number + 1)


async def test_a_log_that_an_early_version_has_begun_is_not_begun_anew(
    tmp_path: Path, postgres_url: str
) -> None:
    path = tmp_path / "bridge.db"
    async with opened(path) as database:
        await database.write(a_job_with_two_events)
        await database.write(lambda tx: tx.run("DELETE FROM meta WHERE key = 'log_cut_at'"))
        await database.write(lambda tx: tx.run("DELETE FROM log_cuts"))
        before = await database.read(lambda tx: events.ends_of(tx, "default"))

    await asyncio.to_thread(moved, path, postgres_url)

    async with opened(postgres_url) as database:
        await database.write(lambda tx: events.begin(tx, LATER_MS))
        assert await database.read(lambda tx: events.ends_of(tx, "default")) == before


async def test_the_number_of_a_deleted_row_is_not_given_again(tmp_path: Path, postgres_url: str) -> None:
    path = tmp_path / "bridge.db"
    async with opened(path) as database:
        await database.write(a_job_with_two_events)
        deleted = await database.write(lambda tx: a_job(tx, 2).number)
        await database.write(lambda tx: tx.run("DELETE FROM jobs WHERE number = :number", number=deleted))

    await asyncio.to_thread(moved, path, postgres_url)

    async with opened(postgres_url) as database:
        assert await database.write(lambda tx: a_job(tx, 3).number) == deleted + 1
