"""Moves a whole installation between SQLite and PostgreSQL; can be killed anywhere and run again."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.app.databases import NO_DRIVER
from bridge.app.secret_keys import check_keys
from bridge.errors import ConfigurationError, DataError
from bridge.leases.term import WATCH_S, Heartbeats
from bridge.ports import Clock
from bridge.store.database import Tx
from bridge.store.keys import Key
from bridge.store.moving import steps
from bridge.store.moving.side import Side
from bridge.store.moving.steps import Sides, Stage, Tell
from bridge.store.rows import leases, moves
from bridge.store.rows.sealed import sealed_not_under
from bridge.store.secret_keys import known_keys, with_wrapped
from bridge.store.sqlite.moving import sqlite_side

EVERY_SECRET: Final = 1_000_000
"""More rows than the tables of secrets can have."""


@dataclass(frozen=True, slots=True)
class Place:
    """A database: the path of an SQLite file, or a URL of PostgreSQL."""

    path: Path | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """A finished move: the rows of each table, the same on both sides."""

    source: str
    target: str
    counts: Mapping[str, int]


def place_of(text: str) -> Place:
    """Return the database that a text names; raises `ConfigurationError`."""
    scheme, separator, rest = text.partition("://")
    if separator and scheme in {"postgresql", "postgres"}:
        return Place(url=text)
    if separator and scheme != "sqlite":
        raise ConfigurationError(f"{scheme} is not supported: name an SQLite file or a URL of PostgreSQL.")
    return Place(Path(rest if separator else text))


def refuse_missing(place: Place) -> None:
    """Raise `DataError` if this is a file that does not exist."""
    if place.path is not None and not place.path.is_file():
        raise DataError(f"There is no database {place.path}.")


def move(
    source: Place, target: Place, data_dir: Path, keys: Sequence[Key], clock: Clock, tell: Tell
) -> Moved:
    """Move everything from one database to the other; raises `DataError`."""
    refuse_missing(source)
    with _opened(source, data_dir) as old, _opened(target, data_dir) as new:
        return _moved(steps.sides_of(old, new, old if source.path else new), keys, clock, tell)


def _moved(sides: Sides, keys: Sequence[Key], clock: Clock, tell: Tell) -> Moved:
    stage = steps.stage_of(sides)
    if stage in {Stage.BEGIN, Stage.BEGIN_ANEW}:
        with sides.source.transaction() as tx:
            check_keys(tx, keys)
        silent = asyncio.run(_silent(sides.source, clock)) if sides.source.is_shared else None
        if stage is Stage.BEGIN_ANEW:
            steps.clear(sides)
        steps.begin(sides, silent, clock.now_ms())
    if stage not in {Stage.FINISH, Stage.NOTHING}:
        sides.source.freeze()
        check_keys(sides.source.reading, keys)
        steps.copy(sides, clock.now_ms(), tell)
        _compare_secrets(sides, keys)
        counted = steps.compared(sides)
        steps.finish(sides, {each.table: each.source for each in counted}, clock.now_ms())
    if stage is not Stage.NOTHING:
        steps.open_target(sides, clock.now_ms())
    done = moves.current(sides.source.reading)
    return Moved(sides.source.shown, sides.target.shown, (done.counts if done else None) or {})


async def _silent(source: Side, clock: Clock) -> Mapping[str, int]:
    """Return the machines that were killed, with their heartbeats; raises `DataInUse` if one lives.

    One that has left no word is dead when it has been silent for the time of a lease.
    """
    heartbeats = Heartbeats()
    first = {machine.id: machine.heartbeat for machine in leases.machines(source.reading)}
    while True:
        machines = leases.machines(source.reading)
        steps.refuse_living(source, machines, first)
        heartbeats.see(machines, clock.boottime_ms())
        silent = heartbeats.silent(clock.boottime_ms())
        if len(silent) == len(machines):
            return silent
        await clock.sleep(WATCH_S)


def _compare_secrets(sides: Sides, keys: Sequence[Key]) -> None:
    """Raise `DataError` if a secret does not open in the target that does in the source."""
    old, new = (_opening(side.reading, keys) for side in (sides.source, sides.target))
    if old != new:
        raise DataError(f"Of {old} secrets, {new} can be decrypted after the move. Nothing was finished.")


def _opening(tx: Tx, keys: Sequence[Key]) -> int:
    """Return how many secrets open, each in its own row."""
    known = with_wrapped(known_keys(tx), keys)
    rows = sealed_not_under(tx, b"", EVERY_SECRET)
    found = [(row, known.get(row.key or "")) for row in rows]
    return sum(key is not None and key.opened(row.sealed, row.place) is not None for row, key in found)


def _opened(place: Place, data_dir: Path) -> AbstractContextManager[Side]:
    if place.path is not None:
        return sqlite_side(place.path, data_dir)
    try:
        from bridge.store.postgres.moving import postgres_side
    except ImportError as error:
        raise ConfigurationError(NO_DRIVER) from error
    return postgres_side(place.url)
