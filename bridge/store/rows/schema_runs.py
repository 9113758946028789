"""Which files of the schema were run, by which version of the bridge, and how long each took."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bridge.store.database import Tx

FIRST: Final = 36
"""The first file of which this is known."""


@dataclass(frozen=True, slots=True)
class SchemaRun:
    """A file of the schema that was run."""

    number: int
    version: str
    at_ms: int
    took_ms: int


def add(tx: Tx, run: SchemaRun) -> None:
    """Store that a file was run, in the transaction that has run it."""
    tx.run(
        """
        INSERT INTO schema_runs (number, version, at_ms, took_ms)
        VALUES (:number, :version, :at_ms, :took_ms)
        """,
        number=run.number,
        version=run.version,
        at_ms=run.at_ms,
        took_ms=run.took_ms,
    )


def newest_version(tx: Tx) -> str | None:
    """Return the version that has run the newest file."""
    row = tx.one("SELECT version FROM schema_runs ORDER BY number DESC LIMIT 1")
    return row["version"] if row else None


def since(tx: Tx, at_ms: int) -> Sequence[SchemaRun]:
    """Return the files that were run since then, in order."""
    rows = tx.all(
        "SELECT number, version, at_ms, took_ms FROM schema_runs WHERE at_ms >= :at_ms ORDER BY number",
        at_ms=at_ms,
    )
    return [SchemaRun(row["number"], row["version"], row["at_ms"], row["took_ms"]) for row in rows]
