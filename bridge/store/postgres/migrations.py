"""Migrations of the schema: SQL files, numbered like those of SQLite.

Bridges of the version before run on while a file changes the schema, and can be started on it afterwards.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib import metadata, resources
from typing import Final

import structlog
from psycopg import IsolationLevel, errors

from bridge.clock import SystemClock
from bridge.errors import DataError
from bridge.leases.term import Machine
from bridge.store.advisory_locks import SCHEMA
from bridge.store.postgres.transaction import Connection, PostgresTx
from bridge.store.rows import schema_runs
from bridge.store.rows.schema_runs import SchemaRun

log = structlog.get_logger(__name__)

VERSION: Final = metadata.version("pixverse-bridge")
LOCK_MS: Final = 1_000
"""How long a statement waits for running bridges, and they behind it. They wait for up to 3 seconds."""
SAYING: Final = 27
"""The file since which machines say which schema their code knows."""
OLDEST: Final = re.compile(r"^-- Works with the code of schema (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    """A file of the schema. `oldest`: the number of the oldest code that can use a schema with this file."""

    number: int
    name: str
    oldest: int
    sql: str


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of a database: the newest file that was run, and the oldest code that can use it."""

    number: int
    oldest: int


class SchemaIsOld(DataError):
    """The schema is older than the code, and the role may not change it."""


class OlderBridges(DataError):
    """Bridges run, or may run, whose code does not work with a file. `seen`: what is known of them."""

    def __init__(self, seen: Sequence[Machine], migration: Migration) -> None:
        super().__init__(
            f"{migration.name} works with the code of schema {migration.oldest} and newer, and older bridges "
            f"run: {', '.join(one.name for one in seen)}. Upgrade them to the version before, or stop them."
        )
        self.seen = seen


def migrate(connection: Connection, dead: Collection[str] = ()) -> Sequence[Migration]:
    """Run the missing files of `schema/NNNN_*.sql`, each in a transaction, log them, and return them.

    `dead`: machines that are known to run no more. Raises `DataError` if the schema is too new,
    `SchemaIsOld`, `OlderBridges`, and `psycopg.Error`, also if other transactions were in the way of a file.
    """
    files, clock = migrations(), SystemClock()
    done: list[Migration] = []
    _set_up(connection)
    found = schema(connection)
    try:
        for migration in files:
            if migration.number <= found.number:
                continue
            began_ms = clock.monotonic_ms()
            if _has_run(connection, migration, dead):
                done.append(migration)
                took_ms = clock.monotonic_ms() - began_ms
                log.info("schema_migrated", file=migration.name, took_ms=took_ms)
    except errors.InsufficientPrivilege as error:
        raise SchemaIsOld(_too_old(found, files[-1])) from error
    _check(connection, files[-1])
    return done


def schema(connection: Connection) -> Schema:
    """Return the schema of a database; that of a new one has number 0."""
    row = connection.execute("SELECT to_regclass('schema_version') IS NOT NULL AS is_there").fetchone()
    if row is None or not row["is_there"]:
        return Schema(0, 0)
    row = connection.execute("SELECT number, oldest FROM schema_version").fetchone()
    return Schema(row["number"], row["oldest"]) if row else Schema(0, 0)


def migrations() -> Sequence[Migration]:
    """Return all files in their order."""
    folder = resources.files("bridge.store.postgres") / "schema"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [_migration(name, (folder / name).read_text(encoding="utf-8")) for name in names]


def _migration(name: str, sql: str) -> Migration:
    """Return a migration; one that does not say which older code it works with works with none."""
    number, said = int(name.partition("_")[0]), OLDEST.search(sql)
    return Migration(number, name, int(said[1]) if said else number, sql)


def _set_up(connection: Connection) -> None:
    """See what was committed before a lock was granted; wait briefly for locks, and for nothing else."""
    connection.isolation_level = IsolationLevel.READ_COMMITTED
    connection.execute(
        "SELECT set_config('lock_timeout', $1, false), set_config('statement_timeout', '0', false)",
        (str(LOCK_MS),),
    )


def _has_run(connection: Connection, migration: Migration, dead: Collection[str]) -> bool:
    """Run a file, unless another process has; all of it or nothing."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock($1)", (SCHEMA,))
        _lock_out(connection)
        found = schema(connection)
        if found.number >= migration.number:
            return False
        older = _older_bridges(connection, migration, dead) if found.number >= SAYING else []
        if older:
            raise OlderBridges(older, migration)
        clock = SystemClock()
        began_ms = clock.monotonic_ms()
        connection.execute(migration.sql.encode(), prepare=False)
        if migration.number >= schema_runs.FIRST:
            took_ms = clock.monotonic_ms() - began_ms
            run = SchemaRun(migration.number, VERSION, clock.now_ms(), took_ms)
            schema_runs.add(PostgresTx(connection), run)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_version (number BIGINT NOT NULL, oldest BIGINT NOT NULL)"
        )
        connection.execute("DELETE FROM schema_version")
        connection.execute(
            "INSERT INTO schema_version (number, oldest) VALUES ($1, $2)",
            (migration.number, max(found.oldest, migration.oldest)),
        )
    return True


def _lock_out(connection: Connection) -> None:
    """Wait for the machines that are just joining, and let others join when the file has been run.

    They read the row first, and are refused if the file does not work with their code.
    """
    if schema(connection).number > 0:
        connection.execute("SELECT number FROM schema_version FOR UPDATE")


def _older_bridges(connection: Connection, migration: Migration, dead: Collection[str]) -> Sequence[Machine]:
    """Return the machines whose code is too old for a file."""
    rows = connection.execute(
        "SELECT * FROM machines WHERE schema < $1 AND NOT id = ANY($2)", (migration.oldest, list(dead))
    ).fetchall()
    return [Machine(row["id"], row["name"], row["started_ms"], row["heartbeat"]) for row in rows]


def _check(connection: Connection, newest: Migration) -> None:
    """Raise `DataError` if this code is too old for a schema."""
    found = schema(connection)
    if newest.number < found.oldest:
        raise DataError(
            f"The database was made by a newer version of the bridge (schema {found.number}, for code of "
            f"schema {found.oldest} and newer; this is {newest.number}): use {_made_by(connection)}."
        )
    if newest.number < found.number:
        log.info("schema_is_newer", schema=found.number, code=newest.number)


def _made_by(connection: Connection) -> str:
    """Return the version that has made a newer schema; earlier ones have not stored theirs."""
    row = connection.execute("SELECT to_regclass('schema_runs') IS NOT NULL AS is_there").fetchone()
    found = schema_runs.newest_version(PostgresTx(connection)) if row and row["is_there"] else None
    return f"version {found}, or a newer one" if found else "the version that has made it, or a newer one"


def _too_old(found: Schema, newest: Migration) -> str:
    return (
        f"The schema of the database is {found.number}, this version needs {newest.number}, and the role may "
        "not change it. Run pixverse-bridge schema upgrade with a BRIDGE_DATABASE whose user owns the tables."
    )
