"""The last commit of each process that writes to PostgreSQL, of which those that have ended leave a row."""

from collections.abc import Mapping, Sequence
from typing import Final

from bridge.store.database import Dialect, Tx


def older_than(tx: Tx, before_ms: int, at_most: int) -> Sequence[str]:
    """Return the writers that have committed nothing since; SQLite has none.

    One that still runs gets its row again with its next commit, and asks for it within seconds only.
    """
    if tx.dialect is Dialect.SQLITE:
        return []
    rows = tx.all(_OLDER[Dialect.POSTGRES], before_ms=before_ms, at_most=at_most)
    return [row["writer"] for row in rows]


def delete(tx: Tx, writer: str) -> None:
    """Delete the row of a writer."""
    tx.run(_DELETE[Dialect.POSTGRES], writer=writer)


_OLDER: Final[Mapping[Dialect, str]] = {
    Dialect.POSTGRES: """
        SELECT writer FROM last_commits
         WHERE at < to_timestamp(CAST(:before_ms AS DOUBLE PRECISION) / 1000)
         LIMIT :at_most
    """,
}
_DELETE: Final[Mapping[Dialect, str]] = {
    Dialect.POSTGRES: "DELETE FROM last_commits WHERE writer = :writer",
}
