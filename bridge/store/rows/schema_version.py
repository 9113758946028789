"""Which schema a shared database has, and how old code may be that uses it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridge.store.database import Dialect, StoreUnavailable, Tx


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """The newest file of the schema that was run, and the number of the oldest code that can use it."""

    number: int
    oldest: int


def locked(tx: Tx) -> SchemaVersion | None:
    """Return the schema, which nobody changes before this transaction ends; None on SQLite.

    A file of an SQLite database is run by the process that has it for itself.
    """
    if tx.dialect not in _LOCKED:
        return None
    row = tx.one(_LOCKED[tx.dialect])
    return SchemaVersion(row["number"], row["oldest"]) if row else None


def of(tx: Tx) -> SchemaVersion:
    """Return the schema. An SQLite database is used by the code that has upgraded it, and by no older one."""
    row = tx.one(_CURRENT[tx.dialect])
    if row is None:
        raise StoreUnavailable("the database does not say which schema it has")
    return SchemaVersion(row["number"], row["oldest"])


_CURRENT: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: "SELECT user_version AS number, user_version AS oldest FROM pragma_user_version",
    Dialect.POSTGRES: "SELECT number, oldest FROM schema_version",
}
_LOCKED: Final[Mapping[Dialect, str]] = {
    Dialect.POSTGRES: "SELECT number, oldest FROM schema_version FOR SHARE",
}
