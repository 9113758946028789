"""What transactions cost, in statements and in SQLite's own instructions: no clock is as exact."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from bridge.store.database import Tx
from bridge.store.postgres.transaction import PostgresTx
from bridge.store.sqlite.transaction import SqliteTx

if TYPE_CHECKING:
    import sqlite3


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect every statement that is run from now on."""
    statements: list[str] = []

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def run(tx: Tx, sql: str, **values: object) -> object:
            statements.append(sql)
            return real(tx, sql, **values)

        return run

    with monkeypatch.context() as patch:
        for kind in (SqliteTx, PostgresTx):
            for name in ("all", "one", "run"):
                patch.setattr(kind, name, counted(getattr(kind, name)))
        yield statements


def instructions(tx: Tx, ask: Callable[[], object]) -> int:
    """Return how many of its own instructions SQLite runs."""
    count = 0

    def one_more() -> int:
        nonlocal count
        count += 1
        return 0

    connection: sqlite3.Connection = tx._connection  # type: ignore[attr-defined]
    connection.set_progress_handler(one_more, 1)
    try:
        ask()
    finally:
        connection.set_progress_handler(None, 0)
    return count
