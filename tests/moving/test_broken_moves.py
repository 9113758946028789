"""A move that is killed anywhere and run again has the same result."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.store.moving import steps
from tests.tools.moving import Killed, Told, a_full_installation, differing, killed_at, moved

LAST_STEPS = ("compared", "finish", "open_target")


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "AT_ONCE", 2)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("number", [1, 14, 27, 39])
def test_a_move_to_postgres_that_is_killed_goes_on(tmp_path: Path, postgres_url: str, number: int) -> None:
    path = tmp_path / "bridge.db"
    a_full_installation(path)
    first, rest = Told(), Told()

    with pytest.raises(Killed):
        moved(path, postgres_url, killed_at(number, first))
    done = moved(path, postgres_url, rest)

    assert differing(path, postgres_url) == []
    assert done == moved(path, postgres_url)
    assert set(first.tables[:-1]).isdisjoint(rest.tables)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("number", [2, 20, 38])
def test_a_move_to_sqlite_that_is_killed_goes_on(tmp_path: Path, postgres_url: str, number: int) -> None:
    path, back = tmp_path / "bridge.db", tmp_path / "back.db"
    a_full_installation(path)
    moved(path, postgres_url)

    with pytest.raises(Killed):
        moved(postgres_url, back, killed_at(number))
    done = moved(postgres_url, back)

    assert differing(back, postgres_url) == []
    assert done == moved(postgres_url, back)


@pytest.mark.parametrize("step", LAST_STEPS)
@pytest.mark.parametrize("is_done", [False, True])
def test_a_move_that_is_killed_at_its_end_is_finished(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch, step: str, is_done: bool
) -> None:
    path = tmp_path / "bridge.db"
    a_full_installation(path)

    with monkeypatch.context() as patch:
        patch.setattr(steps, step, deadly(getattr(steps, step), is_done))
        with pytest.raises(Killed):
            moved(path, postgres_url)
    done = moved(path, postgres_url)

    assert differing(path, postgres_url) == []
    assert done.counts["jobs"] == 3


def deadly(function: Callable[..., Any], is_done: bool) -> Callable[..., Any]:
    """Return a function at whose begin or end the process dies."""

    def step(*arguments: Any) -> Any:
        if is_done:
            function(*arguments)
        raise Killed

    return step
