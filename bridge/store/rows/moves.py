"""The move of an installation from one database to another, as both of them know it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bridge.errors import BridgeError
from bridge.store.advisory_locks import MOVE
from bridge.store.database import Dialect, Tx
from bridge.store.rows import events, leases, meta


class Role(StrEnum):
    """What a database is in a move."""

    SOURCE = "source"
    TARGET = "target"


class State(StrEnum):
    """How far a move is. A source is given up when a bridge starts on it: then it changes."""

    UNFINISHED = "unfinished"
    FINISHED = "finished"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Move:
    """A move; `counts` are the rows of each table that a finished one has moved."""

    id: str
    role: Role
    other: str
    state: State
    at_ms: int
    counts: Mapping[str, int] | None = None


class StillMoving(BridgeError):
    """A process moves the database now or has moved it, or this role may not give the move up."""


def current(tx: Tx) -> Move | None:
    """Return the move that this database is or was part of last."""
    row = tx.one("SELECT id, role, other, state, at_ms, counts FROM moves")
    if row is None:
        return None
    counts = None if row["counts"] is None else json.loads(row["counts"])
    return Move(row["id"], Role(row["role"]), row["other"], State(row["state"]), row["at_ms"], counts)


def begin(tx: Tx, move: Move) -> None:
    """Enter a move; from now on, no bridge or command can write to PostgreSQL until it ends."""
    tx.run("DELETE FROM moves")
    tx.run(
        "INSERT INTO moves (id, role, other, state, at_ms) VALUES (:id, :role, :other, :state, :at_ms)",
        id=move.id,
        role=move.role,
        other=move.other,
        state=move.state,
        at_ms=move.at_ms,
    )
    _close(tx)


def prepare(tx: Tx) -> None:
    """Let the rows of a source say all that must be known elsewhere: no bridge runs, so nobody holds a lease.

    SQLite keeps the newest position of the change log outside of its tables.
    """
    leases.remove_all(tx)
    newest = events.ends(tx)[1]
    if newest > 0:
        known = int(meta.get(tx, "log_newest") or 0)
        meta.put(tx, "log_newest", str(max(newest, known)))
        meta.put(tx, "log_cut_at", meta.get(tx, "log_cut_at") or "0")


def finish(tx: Tx, move: str, at_ms: int, counts: Mapping[str, int] | None = None) -> bool:
    """Record that a move has ended; False if it was given up meanwhile."""
    changed = tx.run(
        """
        UPDATE moves SET state = 'finished', at_ms = :at_ms, counts = :counts
         WHERE id = :id AND state = 'unfinished'
        """,
        id=move,
        at_ms=at_ms,
        counts=None if counts is None else json.dumps(counts),
    )
    return changed > 0


def give_up(tx: Tx) -> None:
    """Give up the move of a source, which can change again; raises `StillMoving` while it is being moved.

    On PostgreSQL only the owner of the tables can give it up. Nothing else can be committed there.
    """
    row = tx.one(_LOCK[tx.dialect], lock=MOVE)
    if row is None or not row["is_locked"]:
        raise StillMoving
    if not tx.run("UPDATE moves SET state = 'given_up' WHERE role = 'source' AND state = 'unfinished'"):
        raise StillMoving
    open_again(tx)


def open_again(tx: Tx) -> None:
    """Let bridges and commands write to a database that `begin` has closed."""
    if tx.dialect is Dialect.POSTGRES:
        tx.run(_OPEN[Dialect.POSTGRES])


def _close(tx: Tx) -> None:
    """Make every commit of a bridge or command fail: each changes this table.

    A process that stood still until its machine was taken for dead cannot change what was moved already.
    """
    if tx.dialect is Dialect.POSTGRES:
        open_again(tx)
        tx.run(_CLOSE[Dialect.POSTGRES])


_LOCK: Final[Mapping[Dialect, str]] = {
    Dialect.SQLITE: "SELECT 1 AS is_locked WHERE :lock > 0",
    Dialect.POSTGRES: """
        SELECT pg_try_advisory_xact_lock(:lock) AND pg_has_role(relowner, 'USAGE') AS is_locked
          FROM pg_class WHERE oid = CAST('last_commits' AS regclass)
    """,
}
_OPEN: Final[Mapping[Dialect, str]] = {
    Dialect.POSTGRES: "ALTER TABLE last_commits DROP CONSTRAINT IF EXISTS moving",
}
_CLOSE: Final[Mapping[Dialect, str]] = {
    Dialect.POSTGRES: "ALTER TABLE last_commits ADD CONSTRAINT moving CHECK (false) NOT VALID",
}
