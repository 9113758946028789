"""The steps of a move: begun on both sides, copied, compared, finished on the source and then on the target.

It can be killed anywhere and run again: batches are taken in the order of the keys, so the last key in a
table of the target says how far it came.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from bridge.errors import DataError, DataInUse
from bridge.leases.term import Machine
from bridge.store.database import Row, Tx
from bridge.store.files.uploads import needed_keys
from bridge.store.moving.side import Side
from bridge.store.moving.tables import Table, tables_of
from bridge.store.rows import leases, moves
from bridge.store.rows.moves import Move, Role, State

AT_ONCE: Final = 500
"""How many rows a batch has."""
PICTURES: Final = "pictures"
Tell: TypeAlias = Callable[[str, int], None]
"""Is told of a table, and how many of its rows have been copied in this run."""


class Stage(StrEnum):
    """What is left to do."""

    BEGIN = "begin"
    BEGIN_ANEW = "begin_anew"
    GO_ON = "go_on"
    FINISH = "finish"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Sides:
    """Where an installation is moved from and to, and the tables of both."""

    source: Side
    target: Side
    tables: Sequence[Table]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows of a table both sides have."""

    table: str
    source: int
    target: int


def sides_of(source: Side, target: Side, sqlite: Side) -> Sides:
    """Return the sides with their tables; `sqlite` is the one whose schema tells them."""
    with_rowid = source.tables_with_rowid() | target.tables_with_rowid()
    return Sides(source, target, tables_of(sqlite.reading, with_rowid))


def stage_of(sides: Sides) -> Stage:
    """Return what is left to do; raises `DataError` if these two cannot become one installation."""
    mine, theirs = moves.current(sides.source.reading), moves.current(sides.target.reading)
    if mine and theirs and mine.id == theirs.id and mine.role is Role.SOURCE and theirs.role is Role.TARGET:
        return _stage_of_a_known_move(mine.state, theirs.state)
    if mine and mine.role is Role.SOURCE and mine.state is State.FINISHED:
        raise DataError(f"{sides.source.shown} was moved to {mine.other} already.")
    if mine and mine.role is Role.TARGET and mine.state is State.UNFINISHED:
        raise DataError(f"{sides.source.shown} is not whole: its own move from {mine.other} is unfinished.")
    refuse_a_full_target(sides, theirs)
    return Stage.BEGIN


def _stage_of_a_known_move(source: State, target: State) -> Stage:
    if target is State.FINISHED:
        return Stage.NOTHING
    return {
        State.UNFINISHED: Stage.GO_ON,
        State.FINISHED: Stage.FINISH,
        State.GIVEN_UP: Stage.BEGIN_ANEW,
    }[source]


def refuse_a_full_target(sides: Sides, move: Move | None) -> None:
    """Raise `DataError` if the target has any row."""
    shown = sides.target.shown
    if move is not None and move.state is State.UNFINISHED:
        raise DataError(
            f"{shown} is the unfinished move of another bridge, {move.other}: name an empty database."
        )
    full = [table.name for table in sides.tables if _count(sides.target, table)]
    if move is not None or full:
        raise DataError(f"{shown} is not empty: name an empty database.")


def refuse_living(source: Side, machines: Sequence[Machine], known: Mapping[str, int]) -> None:
    """Raise `DataInUse` if a machine is new, or has had another heartbeat than those that are known."""
    for machine in machines:
        if known.get(machine.id) != machine.heartbeat:
            raise DataInUse(f"The bridge {machine.name} runs on the database {source.shown}: stop it first.")


def clear(sides: Sides) -> None:
    """Empty a target whose source has changed since; the move stays entered."""
    with sides.target.transaction():
        for table in reversed(sides.tables):
            sides.target.empty(table)


def begin(sides: Sides, silent: Mapping[str, int] | None, now_ms: int) -> None:
    """Enter a move on both sides; raises `DataError` if somebody has used one of them meanwhile.

    `silent` are the machines that were killed; None: a lock says that no bridge runs.
    """
    known = moves.current(sides.target.reading)
    move = known.id if known else secrets.token_hex(8)
    source = Move(move, Role.SOURCE, sides.target.shown, State.UNFINISHED, now_ms)
    _begin_source(sides.source, source, silent)
    with sides.target.transaction() as tx:
        moves.begin(tx, Move(move, Role.TARGET, sides.source.shown, State.UNFINISHED, now_ms))
        refuse_a_full_target(sides, None)


def _begin_source(source: Side, move: Move, silent: Mapping[str, int] | None) -> None:
    with source.transaction() as tx:
        moves.begin(tx, move)
        if silent is not None:
            refuse_living(source, leases.machines(tx), silent)
        moves.prepare(tx)


def copy(sides: Sides, now_ms: int, tell: Tell) -> None:
    """Copy what the target does not have yet, and let it give later numbers than the source."""
    for table in sides.tables:
        _copy(sides, table, tell)
    for number, key in enumerate(_pictures(sides.source), 1):
        sides.target.keep_picture(key, sides.source.picture(key), now_ms)
        tell(PICTURES, number)
    with sides.target.transaction():
        sides.target.go_on_after(sides.source.numbers())
    sides.target.settle()


def compared(sides: Sides) -> Sequence[Counted]:
    """Return the counts of both sides; raises `DataError` if they are not the same."""
    tables = [
        Counted(table.name, _count(sides.source, table), _count(sides.target, table))
        for table in sides.tables
    ]
    keys = _pictures(sides.source)
    pictures = [sum(bool(side.picture(key)) for key in keys) for side in (sides.source, sides.target)]
    counted = sorted([*tables, Counted(PICTURES, *pictures)], key=lambda each: each.table)
    wrong = [each for each in counted if each.source != each.target]
    if wrong:
        named = ", ".join(f"{each.table} ({each.source} and {each.target} rows)" for each in wrong)
        raise DataError(f"The two databases are not the same after the move: {named}. Nothing was finished.")
    return counted


def finish(sides: Sides, counts: Mapping[str, int], now_ms: int) -> None:
    """End the move in the source; raises `DataError` if a bridge was started on it, which has given it up."""
    known = moves.current(sides.source.reading)
    with sides.source.transaction() as tx:
        if known is None or not moves.finish(tx, known.id, now_ms, counts):
            raise DataError(f"A bridge was started on {sides.source.shown}: stop it, and run migrate again.")


def open_target(sides: Sides, now_ms: int) -> None:
    """End the move in the target, which is the installation from now on."""
    known = moves.current(sides.target.reading)
    with sides.target.transaction() as tx:
        if known is not None:
            moves.finish(tx, known.id, now_ms)
        moves.open_again(tx)


def _pictures(source: Side) -> Sequence[str]:
    """Return the pictures that jobs still need."""
    return list(dict.fromkeys(needed_keys(source.reading)))


def _copy(sides: Sides, table: Table, tell: Tell) -> None:
    row = sides.target.reading.one(table.newest_key)
    after = table.key_of(row) if row else None
    copied = 0
    while rows := _batch(sides.source.reading, table, after):
        with sides.target.transaction():
            sides.target.insert(table, [[row[name] for name in table.columns] for row in rows])
        after = table.key_of(rows[-1])
        copied += len(rows)
        tell(table.name, copied)


def _batch(reading: Tx, table: Table, after: Sequence[object] | None) -> Sequence[Row]:
    if after is None:
        return reading.all(table.first_batch, at_most=AT_ONCE)
    values = {f"key_{number}": value for number, value in enumerate(after)}
    return reading.all(table.next_batch, at_most=AT_ONCE, **values)


def _count(side: Side, table: Table) -> int:
    row = side.reading.one(table.count)
    count: int = row["count"] if row else 0
    return count
