"""The database port: a transaction is a plain function; several are committed together.

A body cannot await, so it never blocks the database on a network call. It may be run more than once.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from bridge.errors import BridgeError

Value = TypeVar("Value")
Row: TypeAlias = Any
"""A row, read by column name: `row["state"]`."""


TOO_BUSY_S: Final = 30.0
"""For how long a start tries again if the database is too busy to be used."""


class StoreUnavailable(BridgeError):
    """The database is not available now: disk full, locked, closing, away, too busy.

    A write that raises it is not run later, but may have been committed: its connection can have been lost.
    """


class Conflict(BridgeError):
    """Another transaction was first: what the body has read has changed since.

    `write` runs such a body again, a few times.
    """


class AlreadyThere(Conflict):
    """A unique constraint of the schema was violated."""


class Dialect(StrEnum):
    """Whose SQL a transaction understands, where SQLite and PostgreSQL have no statement in common."""

    SQLITE = "sqlite"
    POSTGRES = "postgresql"


class Tx(Protocol):
    """One transaction; SQL with `:name` parameters. Statements that write can raise `AlreadyThere`.

    A body does not go on after an error of a statement: PostgreSQL ends the transaction.
    """

    @property
    def dialect(self) -> Dialect:
        """Whose SQL this is."""
        ...

    def all(self, sql: str, **values: object) -> Sequence[Row]:
        """Return every row."""
        ...

    def one(self, sql: str, **values: object) -> Row | None:
        """Return the first row, or None."""
        ...

    def run(self, sql: str, **values: object) -> int:
        """Run a statement and return how many rows it changed."""
        ...


class Database(Protocol):
    """The database."""

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` and return its result, after its changes are on disk.

        Raises what `body` raised: then nothing was written. Raises `StoreUnavailable`: then it is not known
        whether something was, as after a cancellation.
        """
        ...

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` read-only and return its result; it sees only committed rows.

        Raises what `body` raised, and `StoreUnavailable`, also if too many reads are waiting.
        """
        ...

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        """Run `body` read-only for a request of the API and return its result.

        It never delays a `read`, and raises `StoreUnavailable` if it takes too long.
        """
        ...
