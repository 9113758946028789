"""One side of a move: the database that it comes from, or the one that it goes to."""

from collections.abc import Mapping, Sequence, Set
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

from bridge.store.database import Tx
from bridge.store.moving.tables import Table

AGAIN: Final = "Nothing is lost: run the same command again, and it goes on"


class Side(Protocol):
    """A database that nobody else moves; the whole move runs in one thread."""

    @property
    def shown(self) -> str:
        """Where it is, without a password."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether bridges can use it that no lock keeps away."""
        ...

    @property
    def reading(self) -> Tx:
        """Reads, each statement by itself."""
        ...

    def transaction(self) -> AbstractContextManager[Tx]:
        """Begin a transaction, or go on with that of `freeze`, and commit it in the end."""
        ...

    def freeze(self) -> None:
        """Let nobody change a source on which a move has begun, until the next transaction ends."""
        ...

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows, in a transaction."""
        ...

    def empty(self, table: Table) -> None:
        """Delete all rows, in a transaction."""
        ...

    def tables_with_rowid(self) -> Set[str]:
        """Return the tables whose rowid is a column."""
        ...

    def numbers(self) -> Mapping[str, int]:
        """Return the last number that was given, by table, where more is known than the rows tell."""
        ...

    def go_on_after(self, numbers: Mapping[str, int]) -> None:
        """Give later numbers from now on than those, and than all of the rows; in a transaction."""
        ...

    def settle(self) -> None:
        """Do what makes a filled database fast."""
        ...

    def picture(self, key: str) -> Sequence[bytes]:
        """Return a picture in pieces of at most 1 MiB, the first first; none if it is not there."""
        ...

    def keep_picture(self, key: str, pieces: Sequence[bytes], now_ms: int) -> None:
        """Keep a picture durably, instead of one with that key."""
        ...
