"""Bodies are committed together, and fail alone."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from bridge.store.database import AlreadyThere, Conflict, Database, StoreUnavailable, Tx
from bridge.store.group_writer import GROUP_SIZE, TRIES, WRITES_WAITING
from bridge.store.rows.interactions import begin
from bridge.store.sqlite.sqlite import SqliteDatabase, sqlite_database
from bridge.store.sqlite.writer import Writer
from tests.tools.databases import Storage, on_sqlite, opened
from tests.tools.jobs import NOW_MS
from tests.tools.rows import a_job, keep, kept


class Broken(Exception):
    """What a body raises."""


def breaking(error: Exception) -> Callable[[Tx], str]:
    def body(tx: Tx) -> str:
        keep(tx, "broken")
        raise error

    return body


async def test_what_a_body_returns_comes_back_after_the_commit(database: Database) -> None:
    returned = await database.write(lambda tx: keep(tx, "one"))

    assert returned == "one"
    assert await database.read(kept) == ["one"]


async def test_the_failure_of_one_body_leaves_its_neighbours(database: Database) -> None:
    one, broken, other = await asyncio.gather(
        database.write(lambda tx: keep(tx, "one")),
        database.write(breaking(Broken("so"))),
        database.write(lambda tx: keep(tx, "other")),
        return_exceptions=True,
    )

    assert (one, other) == ("one", "other")
    assert isinstance(broken, Broken)
    assert await database.read(kept) == ["one", "other"]


async def test_a_uniqueness_that_stands_in_the_way_says_so(database: Database) -> None:
    await database.write(lambda tx: keep(tx, "one"))

    with pytest.raises(AlreadyThere):
        await database.write(lambda tx: keep(tx, "one"))


@pytest.mark.usefixtures("account")
async def test_a_body_may_go_on_after_a_post_stood_in_its_way(database: Database) -> None:
    def body(tx: Tx) -> str:
        job = a_job(tx).id
        begin(tx, nonce="1", job=job, account=1, kind="run", sender=None, now_ms=NOW_MS)
        with pytest.raises(AlreadyThere):
            begin(tx, nonce="2", job=job, account=1, kind="run", sender=None, now_ms=NOW_MS)
        return keep(tx, "two")

    await database.write(body)

    assert await database.read(kept) == ["two"]


async def test_a_body_that_hides_a_uniqueness_is_not_taken_for_kept_or_is_kept_whole(
    database: Database,
) -> None:
    await database.write(lambda tx: keep(tx, "one"))

    def body(tx: Tx) -> None:
        keep(tx, "before")
        with suppress(AlreadyThere):
            keep(tx, "one")

    outcome, other = await asyncio.gather(
        database.write(body), database.write(lambda tx: keep(tx, "other")), return_exceptions=True
    )

    whole = [] if isinstance(outcome, Exception) else ["before"]
    assert (other, await database.read(kept)) == ("other", [*whole, "one", "other"])


@pytest.mark.parametrize("error", [StopIteration("none left"), KeyError("prompt"), StopAsyncIteration()])
async def test_no_error_of_a_body_ends_the_writer(database: Database, error: Exception) -> None:
    async with asyncio.timeout(30):
        with pytest.raises((type(error), RuntimeError)):
            await database.write(breaking(error))

        await database.write(lambda tx: keep(tx, "after"))

    assert await database.read(kept) == ["after"]


async def test_no_error_of_a_body_leaves_a_reader_waiting(database: Database) -> None:
    def out_of_values(tx: Tx) -> str:
        return next(iter(kept(tx)))

    async with asyncio.timeout(30):
        with pytest.raises(RuntimeError):
            await database.read(out_of_values)

    assert await database.read(kept) == []


@on_sqlite
@pytest.mark.parametrize(
    ("sql", "mistake"),
    [
        ("INSERT INTO meta (key) VALUES (:key)", sqlite3.ProgrammingError),
        ("INSERT INTO meta (kye) VALUES ('one')", sqlite3.OperationalError),
        ("SELECT json_extract('{', '$.a')", sqlite3.OperationalError),
        ("INSERT INTO meta (key, value) VALUES ('one', NULL)", sqlite3.IntegrityError),
        (
            "INSERT INTO deliveries SELECT 'd', 't', 'j', 99, 'u', 's', 0, 0, 0, 0, 'r', ''",
            sqlite3.IntegrityError,
        ),
    ],
)
async def test_a_mistake_in_the_sql_arrives_as_what_it_is(
    database: SqliteDatabase, sql: str, mistake: type[Exception]
) -> None:
    with pytest.raises(mistake):
        await database.write(lambda tx: tx.run(sql))


@on_sqlite
async def test_a_mistake_in_a_read_arrives_as_what_it_is(database: SqliteDatabase) -> None:
    for read in (database.read, database.query):
        with pytest.raises(sqlite3.OperationalError, match="no such column"):
            await read(lambda tx: tx.all("SELECT kye FROM meta"))


async def test_a_body_that_somebody_was_before_is_run_again(database: Database) -> None:
    runs: list[int] = []

    def body(tx: Tx) -> str:
        runs.append(len(runs))
        keep(tx, f"run {len(runs)}")
        if len(runs) < TRIES:
            raise Conflict("somebody was first")
        return "done"

    done = await database.write(body)

    assert done == "done"
    assert await database.read(kept) == [f"run {TRIES}"]


async def test_a_body_that_somebody_is_always_before_is_told_so(database: Database) -> None:
    with pytest.raises(Conflict):
        await database.write(breaking(Conflict("somebody was first")))

    assert await database.read(kept) == []


@on_sqlite
async def test_many_bodies_are_committed_in_few_groups(database: SqliteDatabase) -> None:
    commits: list[str] = []
    await database.writer.connection.set_trace_callback(
        lambda sql: commits.append(sql) if sql == "COMMIT" else None
    )

    await asyncio.gather(*(database.write(lambda tx, n=n: keep(tx, f"{n:03}")) for n in range(200)))  # type: ignore[misc]

    assert len(commits) <= 200 / GROUP_SIZE + 2
    assert len(await database.read(kept)) == 200


async def test_a_caller_that_goes_away_harms_no_one(database: Database) -> None:
    leaving = asyncio.ensure_future(database.write(lambda tx: keep(tx, "left")))
    await asyncio.sleep(0)
    leaving.cancel()

    await database.write(lambda tx: keep(tx, "stays"))

    assert "stays" in await database.read(kept)


async def test_a_reader_sees_what_is_committed_and_nothing_else(database: Database) -> None:
    has_written, may_end = threading.Event(), threading.Event()

    def slow(tx: Tx) -> str:
        keep(tx, "slow")
        has_written.set()
        may_end.wait(60)
        return "slow"

    writing = asyncio.ensure_future(database.write(slow))
    await asyncio.to_thread(has_written.wait, 30)
    before = await database.read(kept)
    may_end.set()
    await writing

    assert before == []
    assert await database.read(kept) == ["slow"]


async def test_one_reading_sees_one_state(database: Database) -> None:
    has_read, may_go_on = threading.Event(), threading.Event()

    def twice(tx: Tx) -> tuple[list[str], list[str]]:
        first = kept(tx)
        has_read.set()
        may_go_on.wait(60)
        return first, kept(tx)

    reading = asyncio.ensure_future(database.read(twice))
    await asyncio.to_thread(has_read.wait, 30)
    await database.write(lambda tx: keep(tx, "meanwhile"))
    may_go_on.set()

    assert await reading == ([], [])
    assert await database.read(kept) == ["meanwhile"]


async def test_a_reader_can_change_nothing(database: Database) -> None:
    with pytest.raises(StoreUnavailable):
        await database.read(lambda tx: keep(tx, "one"))

    assert await database.read(kept) == []


async def test_what_waits_at_the_end_is_written(storage: Storage, database: Database) -> None:
    async with opened(storage) as other:
        waiting = asyncio.ensure_future(other.write(lambda tx: keep(tx, "last")))
        await asyncio.sleep(0)

    assert await waiting == "last"
    assert await database.read(kept) == ["last"]


async def test_what_comes_after_the_end_is_refused(storage: Storage) -> None:
    async with opened(storage) as closed:
        pass

    async with asyncio.timeout(30):
        with pytest.raises(StoreUnavailable):
            await closed.write(lambda tx: keep(tx, "too late"))
        with pytest.raises(StoreUnavailable):
            await closed.read(kept)


async def test_too_many_waiting_writes_are_refused_at_once(database: Database) -> None:
    writes = [asyncio.ensure_future(database.write(lambda tx: None)) for _ in range(WRITES_WAITING + 1)]

    outcomes = await asyncio.gather(*writes, return_exceptions=True)

    refused = [outcome for outcome in outcomes if "too many" in str(outcome)]
    assert [type(outcome) for outcome in refused] == [StoreUnavailable], (
        "those before it may be late, on a slow machine"
    )


async def test_the_driver_still_runs_functions_in_the_connections_thread() -> None:
    """The one private thing that is used of aiosqlite: a release that changes it is told here."""
    async with aiosqlite.connect(":memory:") as connection:
        execute: Callable[..., Any] = connection._execute
        thread = await execute(threading.current_thread)
        answer = await execute(lambda: connection._conn.execute("SELECT 1").fetchone())

    assert thread is not threading.current_thread()
    assert answer == (1,)


async def used(path: Path, use: Callable[[SqliteDatabase], Awaitable[object]]) -> None:
    async with asyncio.timeout(30), sqlite_database(path) as database:
        await use(database)


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the writer die of its first write. The error is made up: nothing is known that ends it."""

    async def dying(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Writer, "_settle", dying)


@pytest.mark.usefixtures("mortal")
async def test_a_writer_that_dies_ends_what_is_done_with_the_database(path: Path) -> None:
    with pytest.raises(MemoryError):
        await used(path, lambda database: database.write(lambda tx: keep(tx, "one")))


@pytest.mark.usefixtures("mortal")
async def test_what_waits_for_a_writer_that_dies_is_refused(path: Path) -> None:
    writes: list[asyncio.Task[str]] = []

    async def write_much(database: Database) -> None:
        bodies = [breaking(Broken("never run")) for _ in range(GROUP_SIZE + 1)]
        writes.extend(asyncio.create_task(database.write(body)) for body in bodies)
        await asyncio.wait(writes)

    with pytest.raises(MemoryError):
        await used(path, write_much)

    with pytest.raises(StoreUnavailable):
        await writes[-1]
    for write in writes:
        write.cancel()


async def test_an_error_passes_the_database_as_it_is(path: Path) -> None:
    async def fail(_: Database) -> None:
        raise Broken("so")

    with pytest.raises(Broken):
        await used(path, fail)
