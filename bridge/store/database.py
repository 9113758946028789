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
    """The database cannot do it just now: disk full, locked, closing, too busy. Nothing of it was kept."""


class Conflict(BridgeError):
    """Somebody else was first: what the body has read, or has not found, is not so any more.

    `write` runs such a body again, a few times, and it reads anew.
    """


class AlreadyThere(Conflict):
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
        """Return what `body` returned; it sees committed rows only and can change nothing.

        Raises what `body` raised, and `StoreUnavailable`, also when too many reads are waiting.
        """
        ...

    async def query(self, body: Callable[[Tx], Value]) -> Value:
        """Return what `body` returned, as `read` does, for a request from outside.

        It stands before no `read`, and raises `StoreUnavailable` when it takes too long.
        """
        ...
