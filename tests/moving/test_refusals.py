"""What is not moved, and that no bridge ever runs on both sides, or on half an installation."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from bridge.app.moved import refuse_moved
from bridge.app.moving import move
from bridge.errors import DataError, DataInUse
from bridge.leases.term import LEASE_MS, Machine
from bridge.store.database import StoreUnavailable, Tx
from bridge.store.keys import Key
from bridge.store.postgres.transaction import PostgresTx
from bridge.store.rows import leases
from bridge.store.sqlite.lock import database_file
from tests.tools.databases import opened
from tests.tools.jobs import NOW_MS
from tests.tools.moving import (
    KEY,
    Killed,
    PassingClock,
    a_full_installation,
    a_place,
    differing,
    killed_at,
    moved,
)
from tests.tools.rows import keep

MACHINE = Machine("b1", "berlin", NOW_MS)


def test_a_file_that_a_bridge_uses_is_not_moved(tmp_path: Path, postgres_url: str) -> None:
    path = tmp_path / "bridge.db"
    a_full_installation(path)

    with database_file(path), pytest.raises(DataInUse, match="Another bridge uses the database"):
        moved(path, postgres_url)


def test_what_is_not_there_is_not_moved(tmp_path: Path, postgres_url: str) -> None:
    with pytest.raises(DataError, match="There is no database"):
        moved(tmp_path / "bridge.db", postgres_url)

    assert list(tmp_path.iterdir()) == []


def test_a_wrong_secret_key_is_named(tmp_path: Path, postgres_url: str) -> None:
    path = tmp_path / "bridge.db"
    a_full_installation(path)
    wrong = Key("another key, long enough", "a test")

    with pytest.raises(DataError, match=f"Wrong secret key.* {KEY.fingerprint} .* {wrong.fingerprint} "):
        move(a_place(path), a_place(postgres_url), tmp_path, [wrong], PassingClock(), lambda *_: None)


async def test_nothing_is_moved_into_a_database_that_has_rows(tmp_path: Path, postgres_url: str) -> None:
    path = tmp_path / "bridge.db"
    a_full_installation(path)
    async with opened(postgres_url) as database:
        await database.write(lambda tx: keep(tx, "something"))

    with pytest.raises(DataError, match="is not empty: name an empty database"):
        await asyncio.to_thread(moved, path, postgres_url)

    async with opened(path) as database:
        await refuse_moved(database)


def test_nothing_is_moved_into_the_unfinished_move_of_another_bridge(
    tmp_path: Path, postgres_url: str
) -> None:
    one, other = tmp_path / "one.db", tmp_path / "other.db"
    a_full_installation(one)
    a_full_installation(other)
    with pytest.raises(Killed):
        moved(one, postgres_url, killed_at(5))

    with pytest.raises(DataError, match=f"is the unfinished move of another bridge, {one}"):
        moved(other, postgres_url)


async def test_no_bridge_starts_on_half_an_installation(tmp_path: Path, postgres_url: str) -> None:
    path = tmp_path / "bridge.db"
    a_full_installation(path)
    with pytest.raises(Killed):
        await asyncio.to_thread(moved, path, postgres_url, killed_at(5))

    async with opened(postgres_url) as target:
        with pytest.raises(DataError, match=r"is not whole: its move from .* is unfinished"):
            await refuse_moved(target)
        with pytest.raises(StoreUnavailable, match="is being moved"):
            await target.write(lambda tx: keep(tx, "something"))


async def test_no_bridge_starts_on_what_was_moved_away(tmp_path: Path, postgres_url: str) -> None:
    path, back = tmp_path / "bridge.db", tmp_path / "back.db"
    a_full_installation(path)

    await asyncio.to_thread(moved, path, postgres_url)
    async with opened(path) as source, opened(postgres_url) as target:
        with pytest.raises(DataError, match="was moved to bridge_"):
            await refuse_moved(source)
        await refuse_moved(target)
        await target.write(lambda tx: keep(tx, "something"))

    await asyncio.to_thread(moved, postgres_url, back)
    async with opened(postgres_url) as source, opened(back) as target:
        with pytest.raises(DataError, match=f"was moved to {back}"):
            await refuse_moved(source)
        with pytest.raises(StoreUnavailable, match="is being moved"):
            await source.write(lambda tx: keep(tx, "more"))
        await refuse_moved(target)


@pytest.mark.parametrize("is_from_postgres", [False, True])
async def test_a_source_on_which_a_bridge_was_started_is_moved_anew(
    tmp_path: Path, postgres_url: str, is_from_postgres: bool
) -> None:
    path, back = tmp_path / "bridge.db", tmp_path / "back.db"
    a_full_installation(path)
    source, target = (postgres_url, back) if is_from_postgres else (path, postgres_url)
    if is_from_postgres:
        await asyncio.to_thread(moved, path, postgres_url)
    with pytest.raises(Killed):
        await asyncio.to_thread(moved, source, target, killed_at(15))

    async with opened(source) as database:
        await refuse_moved(database)
        await database.write(lambda tx: keep(tx, "since then"))
        await database.write(lambda tx: tx.run("UPDATE jobs SET tenant = 'changed since then'"))
    done = await asyncio.to_thread(moved, source, target)

    assert done.counts["jobs"] == 3
    assert differing(back if is_from_postgres else path, postgres_url) == []


def test_a_bridge_that_runs_on_postgres_is_not_moved(tmp_path: Path, postgres_url: str) -> None:
    a_full_installation(tmp_path / "bridge.db")
    moved(tmp_path / "bridge.db", postgres_url)
    clock = PassingClock(lambda: run_on(postgres_url, beat))
    run_on(postgres_url, lambda tx: leases.join(tx, MACHINE))

    with pytest.raises(DataInUse, match="The bridge berlin runs on"):
        move_back(postgres_url, tmp_path / "back.db", clock)

    run_on(postgres_url, beat)


def test_a_bridge_that_was_killed_on_postgres_is_waited_for(tmp_path: Path, postgres_url: str) -> None:
    a_full_installation(tmp_path / "bridge.db")
    moved(tmp_path / "bridge.db", postgres_url)
    run_on(postgres_url, lambda tx: leases.join(tx, MACHINE))
    clock = PassingClock()

    move_back(postgres_url, tmp_path / "back.db", clock)

    assert clock.now_ms() - PassingClock().now_ms() >= LEASE_MS


def test_no_bridge_starts_while_its_database_is_being_moved(tmp_path: Path, postgres_url: str) -> None:
    path, back, refused = tmp_path / "bridge.db", tmp_path / "back.db", list[str]()
    a_full_installation(path)
    moved(path, postgres_url)

    def try_to_start(table: str, _copied: int) -> None:
        if table == "jobs":
            with pytest.raises(DataInUse, match=f"is being moved to {back}"):
                asyncio.run(start_on(postgres_url))
            refused.append(table)

    moved(postgres_url, back, try_to_start)

    assert refused == ["jobs"]


async def start_on(url: str) -> None:
    async with opened(url) as database:
        await refuse_moved(database)


def beat(tx: Tx) -> None:
    leases.beat(tx, MACHINE.id, NOW_MS, reaches_discord=True)


def move_back(url: str, path: Path, clock: PassingClock) -> None:
    move(a_place(url), a_place(path), path.parent, [KEY], clock, lambda *_: None)


def run_on(url: str, body: Callable[[Tx], None]) -> None:
    with psycopg.connect(url, row_factory=dict_row, cursor_factory=psycopg.RawCursor) as connection:
        body(PostgresTx(connection))
