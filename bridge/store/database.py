"""The database port: a transaction is a plain function, run whole, committed with its neighbours.

A body cannot await, so it cannot hold a socket while it holds the database. It may be run again.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from bridge.errors import BridgeError

Value = TypeVar("Value")
Row: TypeAlias = Any
"""A row that is read by column name: `row["state"]`."""


class StoreUnavailable(BridgeError):
    """The database cannot take it just now (disk full, locked, closing); nothing of it was kept."""


class AlreadyThere(BridgeError):
    """A uniqueness that the schema promises stood in the way."""


class Tx(Protocol):
    """One transaction; SQL with `:name` parameters. Whatever changes rows raises `AlreadyThere`."""

    def all(self, sql: str, **values: object) -> Sequence[Row]:
        """Return every row."""
        ...

    def one(self, sql: str, **values: object) -> Row | None:
        """Return the first row, or None."""
        ...

    def run(self, sql: str, **values: object) -> int:
        """Return how many rows were changed."""
        ...


class Database(Protocol):
    """Where everything durable is kept."""

    async def write(self, body: Callable[[Tx], Value]) -> Value:
        """Return what `body` returned, after its changes are on the disk.

        Raises what `body` raised, and `StoreUnavailable`; then nothing of it was kept.
        """
        ...

    async def read(self, body: Callable[[Tx], Value]) -> Value:
        """Return what `body` returned; it sees committed rows only and can change nothing."""
        ...
