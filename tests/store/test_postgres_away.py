"""A PostgreSQL that goes away, hangs, or answers late: nothing is written twice, and callers are told."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import psycopg
import pytest

from bridge.clock import SystemClock
from bridge.errors import DataError
from bridge.store.database import Database, StoreUnavailable, Tx
from bridge.store.patience import begin_request, waiting
from bridge.store.postgres import connection, postgres, writer
from bridge.store.postgres.address import address_of
from bridge.store.postgres.committing import Mark, NothingWritten, committed, was_committed
from bridge.store.postgres.connection import connected
from bridge.store.postgres.postgres import postgres_database
from tests.tools.rows import keep, kept
from tests.tools.wire import Wire, wire_to

SOON_S = 30.0
IMPATIENT_S = 0.3


@pytest.fixture
async def wire(postgres_url: str) -> AsyncIterator[Wire]:
    async with wire_to(postgres_url) as wire:
        yield wire


@pytest.fixture
async def database(wire: Wire) -> AsyncIterator[Database]:
    async with postgres_database(wire.url, SystemClock()) as opened:
        await opened.write(lambda tx: keep(tx, "before"))
        yield opened
        wire.mend()


@contextmanager
def impatient() -> Iterator[None]:
    """Wait as long as a test may take, not as long as a client would; what comes after it has its time."""
    with pytest.MonkeyPatch.context() as patches:
        for module, name in ((writer, "WRITE_S"), (postgres, "READ_S"), (postgres, "QUERY_S")):
            patches.setattr(module, name, IMPATIENT_S)
        patches.setattr(writer, "LEAST_S", 0)
        yield


async def test_what_cannot_reach_the_database_is_told_so_and_is_not_written_later(
    wire: Wire, database: Database
) -> None:
    wire.cut()

    with impatient():
        for ask in (database.write, database.read, database.query):
            with pytest.raises(StoreUnavailable):
                await ask(lambda tx: tx.run("INSERT INTO meta (key, value) VALUES ('late', '')"))
    wire.mend()
    await database.write(lambda tx: keep(tx, "after"))

    assert await database.read(kept) == ["after", "before"]


async def test_a_network_that_swallows_everything_costs_no_more_time(wire: Wire, database: Database) -> None:
    wire.freeze()

    with impatient():
        async with asyncio.timeout(SOON_S):
            for ask in (database.write, database.read, database.query):
                with pytest.raises(StoreUnavailable):
                    await ask(kept)
    wire.mend()

    assert await database.query(kept) == ["before"]
    assert await database.write(lambda tx: keep(tx, "after")) == "after"


async def test_a_connection_that_hangs_is_given_up_for_another(wire: Wire, database: Database) -> None:
    await asyncio.gather(*(ask(kept) for ask in (database.read, database.query) for _ in range(5)))
    wire.strand()

    with impatient():
        async with asyncio.timeout(SOON_S):
            for ask in (database.write, database.read, database.query):
                for _ in range(postgres.OUTSIDE):
                    with suppress(StoreUnavailable):
                        await ask(kept)

    assert await database.write(lambda tx: keep(tx, "after")) == "after"
    assert await database.read(kept) == await database.query(kept) == ["after", "before"]


async def test_who_was_told_is_not_written_with_a_younger_neighbour(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "WRITE_S", SOON_S)
    first, was_told = Held("first"), threading.Event()

    def slow(tx: Tx) -> str:
        was_told.wait(SOON_S)
        return keep(tx, "young")

    writing = asyncio.ensure_future(database.write(first.body))
    await asyncio.to_thread(first.has_begun.wait, SOON_S)
    monkeypatch.setattr(writer, "WRITE_S", 0.3)
    old = asyncio.ensure_future(database.write(lambda tx: keep(tx, "old")))
    await asyncio.sleep(0)
    monkeypatch.setattr(writer, "WRITE_S", SOON_S)
    young = asyncio.ensure_future(database.write(slow))
    await asyncio.sleep(0)
    first.may_end.set()
    await writing
    with pytest.raises(StoreUnavailable):
        await old
    was_told.set()

    assert await young == "young"
    assert await database.read(kept) == ["before", "first", "young"]


async def test_a_request_waits_once_for_all_that_it_asks(wire: Wire, database: Database) -> None:
    wire.cut()

    with impatient():
        asked = (database.write, database.read, database.query)
        left = await asyncio.gather(*(left_after(ask) for ask in asked))

    assert max(left) < IMPATIENT_S


async def test_what_waits_for_the_database_goes_on_when_it_is_back(wire: Wire, database: Database) -> None:
    wire.cut()
    writing = asyncio.ensure_future(database.write(lambda tx: keep(tx, "waited")))
    reading = asyncio.ensure_future(database.read(kept))
    await asyncio.wait({writing, reading}, timeout=0.3)

    wire.mend()

    assert await writing == "waited"
    assert "before" in await reading


async def test_a_connection_that_is_ended_costs_nothing(postgres_url: str, database: Database) -> None:
    await asyncio.gather(*(database.read(kept) for _ in range(5)))
    with psycopg.connect(postgres_url, autocommit=True) as beside:
        beside.execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
            """
        )

    assert await database.write(lambda tx: keep(tx, "after")) == "after"
    assert await asyncio.gather(*(database.read(kept) for _ in range(5))) == [["after", "before"]] * 5


async def test_a_commit_whose_answer_is_lost_is_looked_up_and_not_run_again(
    wire: Wire, database: Database
) -> None:
    runs: list[int] = []

    def body(tx: Tx) -> str:
        runs.append(1)
        return keep(tx, f"run {len(runs)}")

    wire.from_server = Losing(wire, b"COMMIT").answer
    written = await database.write(body)

    assert written == "run 1"
    assert await database.read(kept) == ["before", "run 1"]


async def test_a_commit_that_is_lost_itself_is_run_again(wire: Wire, database: Database) -> None:
    runs: list[int] = []

    def body(tx: Tx) -> str:
        runs.append(1)
        return keep(tx, f"run {len(runs)}")

    wire.to_server = Losing(wire, b"COMMIT").answer
    written = await database.write(body)

    assert written == "run 2"
    assert await database.read(kept) == ["before", "run 2"]


@pytest.mark.parametrize("is_first", [True, False], ids=["first of its writer", "later one"])
def test_a_commit_that_arrives_after_it_was_looked_up_fails(postgres_url: str, *, is_first: bool) -> None:
    own, beside = connected(address_of(postgres_url)), connected(address_of(postgres_url))
    if not is_first:
        committed(own, [lambda tx: keep(tx, "earlier")], Mark("w", 1))

    def slow(tx: Tx) -> None:
        keep(tx, "late")
        assert not was_committed(beside, Mark("w", 2))

    with pytest.raises(NothingWritten):
        committed(own, [slow], Mark("w", 2))

    rows = beside.execute("SELECT key FROM meta").fetchall()
    assert [row["key"] for row in rows] == ([] if is_first else ["earlier"])
    assert was_committed(beside, Mark("w", 1)) is not is_first
    own.close()
    beside.close()


async def test_two_processes_that_collide_lose_no_change(postgres_url: str, database: Database) -> None:
    def add(tx: Tx) -> None:
        row = tx.one("SELECT value FROM meta WHERE key = 'before'")
        assert row is not None
        number = int(row["value"]) + 1 if row["value"].isdigit() else 1
        tx.run("UPDATE meta SET value = :value WHERE key = 'before'", value=str(number))

    async with postgres_database(postgres_url, SystemClock()) as other:
        await asyncio.gather(*(each.write(add) for each in (database, other) for _ in range(50)))

    row = await database.read(lambda tx: tx.one("SELECT value FROM meta WHERE key = 'before'"))
    assert row is not None
    assert row["value"] == "100"


async def test_positions_appear_in_their_order(postgres_url: str, database: Database) -> None:
    """A transaction that has taken a position keeps the next one from being taken until it ends."""
    has_one, may_end = threading.Event(), threading.Event()

    def slow(tx: Tx) -> int:
        position = a_position(tx)
        has_one.set()
        may_end.wait(SOON_S)
        return position

    async with postgres_database(postgres_url, SystemClock()) as other:
        first = asyncio.ensure_future(database.write(slow))
        await asyncio.to_thread(has_one.wait, SOON_S)
        second = asyncio.ensure_future(other.write(a_position))
        await asyncio.wait({second}, timeout=0.2)
        seen = await other.read(positions)
        may_end.set()

        assert seen == []
        assert await first < await second
        assert await other.read(positions) == [await first, await second]


async def test_a_process_that_stops_inside_a_transaction_holds_its_locks_for_a_while_only(
    postgres_url: str, database: Database
) -> None:
    async def setting(name: str) -> str:
        row = await database.write(lambda tx: tx.one("SELECT current_setting(:name) AS value", name=name))
        assert row is not None
        return str(row["value"])

    assert await setting("idle_in_transaction_session_timeout") == "5s"
    assert await setting("statement_timeout") == "4s"
    assert await setting("lock_timeout") == "3s"


async def test_a_group_that_takes_long_is_committed_in_parts(postgres_url: str) -> None:
    clock = Passing()

    def slow(tx: Tx) -> str:
        clock.passed_ms += 300
        row = tx.one("SELECT pg_current_xact_id()::text AS id")
        assert row is not None
        return str(row["id"])

    async with postgres_database(postgres_url, clock) as database:
        transactions = await asyncio.gather(*(database.write(slow) for _ in range(8)))

    assert len(set(transactions)) == 4


@pytest.mark.parametrize("word", [b"LOCK TABLE log_turns", b"INSERT INTO last_commits"])
async def test_a_process_that_stops_between_two_messages_of_a_transaction_stops_nobody(
    wire: Wire, postgres_url: str, monkeypatch: pytest.MonkeyPatch, word: bytes
) -> None:
    monkeypatch.setattr(connection, "IDLE_MS", 300)
    stopping = Stopping(wire, word)
    async with opened(wire.url) as database, postgres_database(postgres_url, SystemClock()) as other:
        wire.to_server = stopping.pass_on
        writes = [asyncio.ensure_future(database.write(a_position)) for _ in range(3)]
        await stopping.has_stopped.wait()
        async with asyncio.timeout(SOON_S):
            position = await other.write(a_position)
        wire.mend()
        await asyncio.gather(*writes, return_exceptions=True)

    assert position > 0


async def test_a_pooler_that_hides_the_server_is_refused(wire: Wire) -> None:
    def another_pid(data: bytes) -> bytes:
        """Name another process as the server's, as a pooler does that has connections of its own."""
        at = data.find(b"K\x00\x00\x00\x0c")
        return data if at < 0 else data[: at + 5] + b"\x00\x00\x00\x07" + data[at + 9 :]

    wire.from_server = another_pid

    with impatient(), pytest.raises(DataError, match="pooler"):
        async with opened(wire.url):
            pass


async def test_a_server_that_only_reads_is_refused(postgres_url: str) -> None:
    url = f"{postgres_url}?options=-c%20default_transaction_read_only%3Don"

    with pytest.raises(DataError, match="read-only"):
        async with opened(url):
            pass


async def test_a_column_that_a_newer_bridge_adds_disturbs_no_statement(
    postgres_url: str, database: Database
) -> None:
    for _ in range(3):
        await database.read(lambda tx: tx.all("SELECT * FROM removals"))
    with psycopg.connect(postgres_url, autocommit=True) as beside:
        beside.execute("ALTER TABLE removals ADD COLUMN newer TEXT")
    try:
        for ask in (database.read, database.write):
            assert await ask(lambda tx: tx.all("SELECT * FROM removals")) == []
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as beside:
            beside.execute("ALTER TABLE removals DROP COLUMN newer")


class Held:
    """A body that stays in its transaction until it may end."""

    def __init__(self, key: str) -> None:
        self.has_begun, self.may_end = threading.Event(), threading.Event()
        self._key = key

    def body(self, tx: Tx) -> str:
        self.has_begun.set()
        self.may_end.wait(SOON_S)
        return keep(tx, self._key)


class Passing(SystemClock):
    """A clock that bodies set forward."""

    passed_ms = 0

    def monotonic_ms(self) -> int:
        return super().monotonic_ms() + self.passed_ms


class Stopping:
    """Lets nothing through after the first bytes that contain a word, as if the client were frozen."""

    def __init__(self, wire: Wire, word: bytes) -> None:
        self.has_stopped = asyncio.Event()
        self._wire = wire
        self._word = word

    def pass_on(self, data: bytes) -> bytes | None:
        if self._word in data:
            self.has_stopped.set()
            self._wire.freeze()
        return data


class Losing:
    """Cuts the connection, once, at the first bytes that contain a word; afterwards all is well."""

    def __init__(self, wire: Wire, word: bytes) -> None:
        self._wire = wire
        self._word = word

    def answer(self, data: bytes) -> bytes | None:
        if self._word not in data:
            return data
        self._wire.mend()
        return None


def a_position(tx: Tx) -> int:
    row = tx.one("INSERT INTO events (tenant, at_ms, snapshot) VALUES ('t', 0, '{}') RETURNING position")
    assert row is not None
    return int(row["position"])


def positions(tx: Tx) -> list[int]:
    return [row["position"] for row in tx.all("SELECT position FROM events ORDER BY position")]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    async with postgres_database(url, SystemClock()) as database:
        yield database


@pytest.mark.parametrize("code", ["XX000", "XX001", "XX002"])
async def test_what_the_server_says_of_a_damaged_file_is_trouble(postgres_url: str, code: str) -> None:
    def damaged(tx: Tx) -> None:
        tx.run(f"DO $$ BEGIN RAISE EXCEPTION 'a damaged page' USING ERRCODE = '{code}'; END $$")

    async with postgres_database(postgres_url, SystemClock()) as database:
        for ask in (database.write, database.read, database.query):
            with pytest.raises(StoreUnavailable, match="a damaged page"):
                await ask(damaged)


async def test_another_violation_is_a_bug(postgres_url: str) -> None:
    def wrong(tx: Tx) -> None:
        tx.run("CREATE TEMPORARY TABLE positive (number BIGINT CHECK (number > 0))")
        tx.run("INSERT INTO positive (number) VALUES (0)")

    async with postgres_database(postgres_url, SystemClock()) as database:
        with pytest.raises(psycopg.errors.CheckViolation):
            await database.write(wrong)


async def test_a_commit_is_on_disk_before_it_is_answered_whatever_the_server_is_set_to(
    postgres_url: str,
) -> None:
    unsafe = psycopg.conninfo.make_conninfo(postgres_url, options="-c synchronous_commit=off")
    async with postgres_database(unsafe, SystemClock()) as database:
        found = await database.write(lambda tx: tx.one("SELECT current_setting('synchronous_commit') AS it"))

    assert found is not None
    assert found["it"] == "on"


async def left_after(ask: Callable[..., Awaitable[object]]) -> float:
    """Return how long a request would wait for its next answer after one that it did not get.

    Run in a task of its own: it is the request."""
    begin_request(SystemClock())
    with pytest.raises(StoreUnavailable):
        await ask(kept)
    with waiting(IMPATIENT_S) as left_s:
        return left_s
