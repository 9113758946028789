"""The statements that transactions run, counted in the test: what costs one more is told by no clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bridge.store.transaction import SqliteTx


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect every statement that is run from now on."""
    statements: list[str] = []

    def counted(name: str) -> Callable[..., object]:
        real = getattr(SqliteTx, name)

        def run(tx: SqliteTx, sql: str, **values: object) -> object:
            statements.append(sql)
            return real(tx, sql, **values)

        return run

    with monkeypatch.context() as patch:
        for name in ("all", "one", "run"):
            patch.setattr(SqliteTx, name, counted(name))
        yield statements
