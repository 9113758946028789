"""The schema of PostgreSQL changes while bridges run on it, and older ones can be started on it."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import errors, sql
from structlog.testing import capture_logs

from bridge.clock import SystemClock
from bridge.errors import DataError
from bridge.leases import term
from bridge.notifier import LocalNotifier
from bridge.running import leases
from bridge.running.reach import Reach
from bridge.store.database import Tx
from bridge.store.postgres import migrations, upgrading
from bridge.store.postgres.address import Address, address_of
from bridge.store.postgres.committing import BEGIN
from bridge.store.postgres.connection import connected
from bridge.store.postgres.migrations import Migration, OlderBridges, SchemaIsOld, migrate, schema
from bridge.store.postgres.postgres import postgres_database
from bridge.store.postgres.transaction import Connection, PostgresTx
from bridge.store.postgres.upgrading import upgrade
from bridge.store.rows import events, schema_version
from bridge.store.rows.accounts import Accounts
from bridge.store.rows.leases import machines as machines_of
from bridge.store.rows.schema_version import SchemaVersion
from tests.tools import command_line
from tests.tools.databases import migrated
from tests.tools.postgres import Server
from tests.tools.rows import a_job, an_account, keep, kept
from tests.tools.vaults import a_vault

FILES = migrations.migrations()
NEWEST = FILES[-1].number
ADDED = Migration(
    NEWEST + 1, "added.sql", NEWEST, "ALTER TABLE meta ADD COLUMN added BIGINT NOT NULL DEFAULT 0"
)
EXCLUDING = Migration(NEWEST + 2, "excluding.sql", NEWEST + 1, "ALTER TABLE conditions DROP COLUMN newest")
A_MACHINE = """
    INSERT INTO machines (id, name, started_ms, heartbeat, heartbeat_ms, schema)
    VALUES ('m', 'here:1', 0, 0, 0, {schema})
"""
LIMIT_S = 30.0


@pytest.fixture(scope="module")
def template(postgres: Server) -> Iterator[str]:
    """The name of a database with the schema of this version, to be copied."""
    with migrated(postgres) as url:
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture
def url(postgres: Server, template: str) -> Iterator[str]:
    """A database with the schema of this version, which the test may change."""
    with postgres.database(template) as url:
        yield url


@pytest.fixture
def a_newer_version(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this code be that of a version with one more file, which the database does not have."""
    assert schema_of(url)[0] == NEWEST
    monkeypatch.setattr(migrations, "migrations", lambda: [*FILES, ADDED])


class Impatient(SystemClock):
    """Does not sleep."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "said", ["connection timeout expired", "canceling statement due to statement timeout"]
)
async def test_a_start_waits_for_a_server_that_is_too_busy(
    url: str, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    busy = [psycopg.OperationalError(said) for _ in range(3)]

    def slowly_connected(address: Address) -> Connection:
        if busy:
            raise busy.pop()
        return connected(address)

    monkeypatch.setattr(upgrading, "connected", slowly_connected)
    with pytest.raises(DataError, match=said):
        await upgrade(address_of(url), Impatient(), 0)
    with capture_logs() as lines:
        done = await upgrade(address_of(url), Impatient(), LIMIT_S)

    assert done == []
    assert [line["event"] for line in lines] == ["database_is_too_busy"]


async def names(address: Address) -> Sequence[str]:
    return [each.name for each in await upgrade(address, SystemClock())]


def run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def schema_of(url: str) -> tuple[int, int]:
    connection = connected(address_of(url))
    found = schema(connection)
    connection.close()
    return found.number, found.oldest


@contextmanager
def role_without_rights(server: Server, url: str) -> Iterator[str]:
    """Create a role that reads and writes rows and changes no schema, as docs/postgresql.md grants it."""
    name = f"rows_only_{os.getpid()}"
    grants = (
        "CREATE ROLE {0} LOGIN PASSWORD 'rows'",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {0}",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {0}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {0}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {0}",
    )
    with psycopg.connect(url, autocommit=True) as connection:
        for grant in grants:
            connection.execute(sql.SQL(grant).format(sql.Identifier(name)))
    parts = urlsplit(url)
    try:
        yield urlunsplit(parts._replace(netloc=f"{name}:rows@{parts.netloc.rpartition('@')[2]}"))
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
        server.run("DROP ROLE {}", name)


async def test_bridges_that_start_at_once_on_a_new_database_run_each_file_once(postgres: Server) -> None:
    with postgres.database() as url:
        address = address_of(url)
        done = await asyncio.gather(*(names(address) for _ in range(4)))

        assert sorted(name for each in done for name in each) == [each.name for each in FILES]
        assert await names(address) == []


async def test_a_bridge_starts_on_a_newer_schema_that_works_with_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(migrations, "migrations", lambda: [*FILES, ADDED])
        await names(address_of(url))

    async with postgres_database(url, SystemClock()) as database:
        await database.write(lambda tx: keep(tx, "by an older version"))

        assert await database.read(kept) == ["by an older version"]
    assert schema_of(url) == (NEWEST + 1, NEWEST)


async def test_a_bridge_that_a_newer_schema_does_not_work_with_is_refused(url: str) -> None:
    run(url, "UPDATE schema_version SET number = number + 2, oldest = number + 1")
    run(url, "INSERT INTO schema_runs VALUES (900, '7.8.9', 0, 0)")

    with pytest.raises(DataError, match="made by a newer version of the bridge") as raised:
        await names(address_of(url))

    assert f"schema {NEWEST + 2}, for code of schema {NEWEST + 1} and newer; this is {NEWEST}" in str(
        raised.value
    )
    assert str(raised.value).endswith(": use version 7.8.9, or a newer one.")


@pytest.mark.usefixtures("a_newer_version")
def test_every_file_says_which_code_it_works_with() -> None:
    """Those up to 25 need not: no machine said then which schema it knows, and later files are stricter."""
    silent = [file.name for file in FILES if file.number > 25 and not migrations.OLDEST.search(file.sql)]

    assert silent == []
    assert max(file.oldest for file in FILES if file.number > 25) > 25


async def test_the_oldest_code_is_that_of_the_strictest_file(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropping = Migration(NEWEST + 2, "dropped.sql", NEWEST + 1, "ALTER TABLE meta DROP COLUMN added")
    later = Migration(NEWEST + 3, "later.sql", NEWEST, "SELECT 1")
    monkeypatch.setattr(migrations, "migrations", lambda: [*FILES, ADDED, dropping, later])

    await names(address_of(url))

    assert schema_of(url) == (NEWEST + 3, NEWEST + 1)


def test_a_file_that_a_running_bridge_is_too_old_for_waits_until_it_has_ended(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "migrations", lambda: [*FILES, EXCLUDING])
    run(url, A_MACHINE.format(schema=NEWEST))
    connection = connected(address_of(url))

    with pytest.raises(OlderBridges, match=r"older bridges run: here:1\. Upgrade them to the version before"):
        migrate(connection)

    assert schema_of(url)[0] == NEWEST
    run(url, "DELETE FROM machines")
    assert [each.name for each in migrate(connection)] == [EXCLUDING.name]
    connection.close()


async def test_a_file_waits_for_a_machine_that_joins_in_the_same_moment(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "migrations", lambda: [*FILES, EXCLUDING])
    monkeypatch.setattr(migrations, "LOCK_MS", 10_000)
    connection, joining = connected(address_of(url)), connected(address_of(url))
    joining.execute(BEGIN)
    assert schema_version.locked(PostgresTx(joining)) == SchemaVersion(NEWEST, schema_of(url)[1])
    joining.execute(A_MACHINE.format(schema=NEWEST).encode())

    migrating = asyncio.ensure_future(asyncio.to_thread(migrate, connection))
    with psycopg.connect(url, autocommit=True) as looking:
        while not looking.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            assert not migrating.done()
            await asyncio.sleep(0)
    joining.execute("COMMIT")

    with pytest.raises(OlderBridges):
        await migrating
    assert schema_of(url)[0] == NEWEST
    connection.close()
    joining.close()


@pytest.mark.parametrize("is_running", [False, True], ids=["before it joins", "after it was silent"])
async def test_a_machine_that_a_newer_schema_does_not_work_with_does_not_join(
    url: str, monkeypatch: pytest.MonkeyPatch, *, is_running: bool
) -> None:
    clock = SystemClock()
    monkeypatch.setattr(leases, "WATCH_S", 0.01)
    monkeypatch.setattr(leases, "HEARTBEAT_S", 0.0)
    async with postgres_database(url, clock) as database:
        machine = leases.Leases(
            database, LocalNotifier(clock), clock, "here:1", is_shared=True, schema=NEWEST
        )
        if is_running:
            await machine.join()
            run(url, "DELETE FROM machines")
        run(url, "UPDATE schema_version SET number = number + 2, oldest = number + 1")

        with pytest.raises(DataError, match="run that version, or a newer one"):
            async with asyncio.timeout(LIMIT_S):
                await (_one_error_of(machine) if is_running else machine.join())

        assert await database.read(machines_of) == []


async def _one_error_of(machine: leases.Leases) -> None:
    """Show life until that ends with an error."""
    try:
        await machine.keep(Reach(SystemClock(), lambda: True, always))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


async def always() -> bool:
    return True


async def test_a_machine_that_was_killed_keeps_no_file_waiting(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "migrations", lambda: [*FILES, EXCLUDING])
    monkeypatch.setattr(term, "LEASE_MS", 100)
    run(url, A_MACHINE.format(schema=NEWEST))

    assert await names(address_of(url)) == [EXCLUDING.name]


async def test_a_bridge_of_the_version_in_between_keeps_no_file_waiting(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "migrations", lambda: [*FILES, EXCLUDING])
    run(url, A_MACHINE.format(schema=NEWEST + 1))

    assert await names(address_of(url)) == [EXCLUDING.name]


@pytest.mark.usefixtures("a_newer_version")
def test_a_file_that_a_running_transaction_is_in_the_way_of_gives_way_to_it(url: str) -> None:
    connection = connected(address_of(url))
    with psycopg.connect(url) as running:
        running.execute("SELECT * FROM meta")

        with pytest.raises(errors.LockNotAvailable):
            migrate(connection)

        assert schema_of(url)[0] == NEWEST
        run(url, "INSERT INTO meta (key, value) VALUES ('behind the file', '')")
    assert [each.name for each in migrate(connection)] == [ADDED.name]
    connection.close()


@pytest.mark.usefixtures("a_newer_version")
async def test_a_start_tries_such_a_file_again_until_it_can_be_run(url: str) -> None:
    with psycopg.connect(url) as running:
        running.execute("SELECT * FROM meta")
        starting = asyncio.ensure_future(names(address_of(url)))
        await asyncio.wait({starting}, timeout=0.1)

    assert await asyncio.wait_for(starting, LIMIT_S) == [ADDED.name]


async def test_a_role_that_changes_no_schema_is_enough_for_a_bridge(postgres: Server, url: str) -> None:
    def body(tx: Tx) -> None:
        an_account(tx, Accounts(a_vault()))
        events.append(tx, a_job(tx))

    with role_without_rights(postgres, url) as own:
        async with postgres_database(own, SystemClock()) as database:
            await database.write(body)
            await database.write(lambda tx: tx.run("LOCK TABLE log_turns IN EXCLUSIVE MODE"))

            assert await database.read(lambda tx: len(tx.all("SELECT 1 FROM events"))) == 1


@pytest.mark.usefixtures("a_newer_version")
async def test_a_role_that_may_not_upgrade_says_who_must_and_how(postgres: Server, url: str) -> None:
    with role_without_rights(postgres, url) as own, pytest.raises(SchemaIsOld) as raised:
        await names(address_of(own))

    assert f"is {NEWEST}, this version needs {NEWEST + 1}, and the role may not change it" in str(
        raised.value
    )
    assert "pixverse-bridge schema upgrade" in str(raised.value)


@pytest.mark.usefixtures("a_newer_version")
async def test_a_bridge_without_the_right_waits_for_the_owner(postgres: Server, url: str) -> None:
    with role_without_rights(postgres, url) as own:
        starting = asyncio.ensure_future(upgrade(address_of(own), SystemClock(), LIMIT_S))
        await asyncio.wait({starting}, timeout=0.3)
        assert not starting.done()

        assert await names(address_of(url)) == [ADDED.name]

        assert await asyncio.wait_for(starting, LIMIT_S) == []


def test_the_owner_upgrades_with_a_command(postgres: Server, tmp_path: Path) -> None:
    with postgres.database() as url:
        first, second = [
            command_line.run("schema", "upgrade", folder=tmp_path, variables={"BRIDGE_DATABASE": url})
            for _ in range(2)
        ]

    assert first.stdout.splitlines() == [f"{each.name} was run." for each in FILES]
    assert second.stdout == "The schema is up to date.\n"


def test_the_command_is_refused_for_a_file(tmp_path: Path) -> None:
    refused = command_line.run("schema", "upgrade", folder=tmp_path)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "a bridge on SQLite brings its file up to date when it starts" in refused.stderr


def test_no_file_that_older_code_works_with_rewrites_a_table(postgres: Server) -> None:
    """A rewrite takes as long as the table is large, and nobody can use the table meanwhile."""
    first, *later = FILES
    with postgres.database() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(first.sql.encode())
        for file in later:
            before = stored(connection)

            connection.execute(file.sql.encode())

            assert file.oldest == file.number or before.items() <= stored(connection).items(), file.name


async def test_what_a_file_copies_of_a_job_that_is_deleted_meanwhile_is_not_kept(url: str) -> None:
    def body(tx: Tx) -> None:
        an_account(tx, Accounts(a_vault()))
        events.append(tx, a_job(tx))

    copying, tidying = (file for file in FILES if file.number in {30, 35})
    async with postgres_database(url, SystemClock()) as database:
        await database.write(body)
    run(url, "DELETE FROM prompts; DELETE FROM job_events")
    with psycopg.connect(url) as upgrading_one:
        upgrading_one.execute(copying.sql.encode())
        run(url, "DELETE FROM events; DELETE FROM jobs")

    run(url, tidying.sql)

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT number FROM prompts").fetchall() == []
        assert connection.execute("SELECT position FROM job_events").fetchall() == []


def stored(connection: psycopg.Connection) -> dict[str, int]:
    """Return where the rows of each table are stored."""
    rows = connection.execute(
        """
        SELECT relname, pg_relation_filenode(oid) FROM pg_class
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        """
    ).fetchall()
    return dict(rows)
