"""Migrations of the schema: SQL files, numbered like those of SQLite."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

from bridge.errors import DataError
from bridge.store.postgres.transaction import Connection

LOCK: Final = 5_821_374_660_013
"""The advisory lock under which the schema is changed: one process at a time."""
LOCK_MS: Final = 60_000
"""How long a start waits for another process that changes the schema."""


@dataclass(frozen=True, slots=True)
class Migration:
    """A file of the schema."""

    number: int
    name: str
    sql: str


def migrate(connection: Connection) -> Sequence[Migration]:
    """Run the missing files of `schema/NNNN_*.sql`, each in its own transaction, and return them.

    Raises `DataError` if the database is from a newer version.
    """
    files = migrations()
    connection.execute("SELECT set_config('lock_timeout', $1, false)", (str(LOCK_MS),))
    connection.execute("SELECT set_config('statement_timeout', '0', false)")
    connection.execute("SELECT pg_advisory_lock($1)", (LOCK,))
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (number BIGINT NOT NULL)")
    done = version(connection)
    if done > files[-1].number:
        raise DataError(
            f"The database was made by a newer version of the bridge (schema {done}, not "
            f"{files[-1].number}): run that version, or a newer one."
        )
    missing = [migration for migration in files if migration.number > done]
    for migration in missing:
        with connection.transaction():
            connection.execute(migration.sql.encode(), prepare=False)
            connection.execute("DELETE FROM schema_version")
            connection.execute("INSERT INTO schema_version (number) VALUES ($1)", (migration.number,))
    return missing


def version(connection: Connection) -> int:
    """Return the number of the newest file that was run, 0 for a new database."""
    row = connection.execute("SELECT coalesce(max(number), 0) AS number FROM schema_version").fetchone()
    return row["number"] if row else 0


def migrations() -> Sequence[Migration]:
    """Return all files in their order."""
    folder = resources.files("bridge.store.postgres") / "schema"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [
        Migration(int(name.partition("_")[0]), name, (folder / name).read_text(encoding="utf-8"))
        for name in names
    ]
