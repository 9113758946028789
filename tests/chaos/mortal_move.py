"""`migrate`, able to die: `python -m tests.chaos.mortal_move migrate …`.

Each transaction of either side has a point before it, one inside it when all is done but the commit, and one
after it; each picture that is stored has one before and one after it. The points are numbered.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from bridge.cli import main
from bridge.store.postgres.moving import PostgresSide
from bridge.store.sqlite.moving import SqliteSide
from tests.chaos.points import FOLDER, Points


def make_mortal(points: Points) -> None:
    """Put points round everything that changes either database."""
    numbers = count(1)

    def passed() -> None:
        points.passed(str(next(numbers)))

    for side in (SqliteSide, PostgresSide):
        for name, mortal in (("transaction", _transaction), ("keep_picture", _keep_picture)):
            setattr(side, name, mortal(getattr(side, name), passed))


def _transaction(original: Callable[..., Any], passed: Callable[[], None]) -> Callable[..., Any]:
    @contextmanager
    def transaction(self: Any) -> Iterator[Any]:
        passed()
        with original(self) as tx:
            yield tx
            passed()
        passed()

    return transaction


def _keep_picture(original: Callable[..., Any], passed: Callable[[], None]) -> Callable[..., Any]:
    def keep_picture(self: Any, *arguments: Any) -> None:
        passed()
        original(self, *arguments)
        passed()

    return keep_picture


if __name__ == "__main__":
    make_mortal(Points(Path(os.environ[FOLDER])))
    main()
