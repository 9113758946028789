"""Refuses databases to which an installation is being moved, or from which it was moved away."""

from contextlib import suppress
from typing import Final

import structlog

from bridge.errors import DataError, DataInUse
from bridge.store.database import Database
from bridge.store.rows import moves
from bridge.store.rows.moves import Move, Role, State, StillMoving

log = structlog.get_logger(__name__)

AGAIN: Final = "run the same pixverse-bridge migrate again"


async def refuse_moved(database: Database) -> None:
    """Raise `DataError` if this is no whole installation, or is none any more.

    A source whose move was broken off is one: the move is given up, since the source can change now.
    """
    move = await database.read(moves.current)
    if move is not None and move.role is Role.SOURCE and move.state is State.UNFINISHED:
        move = await _given_up(database, move)
    if move is not None:
        _refuse(move)


async def _given_up(database: Database, move: Move) -> Move | None:
    """Give up a move that was broken off, and return what is known then."""
    with suppress(StillMoving):
        await database.write(moves.give_up)
        log.warning("move_was_given_up", target=move.other, remedy=AGAIN)
    return await database.read(moves.current)


def _refuse(move: Move) -> None:
    if move.role is Role.TARGET and move.state is State.UNFINISHED:
        raise DataError(f"This database is not whole: its move from {move.other} is unfinished; {AGAIN}.")
    if move.role is Role.SOURCE and move.state is State.FINISHED:
        raise DataError(
            f"This database was moved to {move.other}: start the bridge with that one, or move it back "
            "with pixverse-bridge migrate."
        )
    if move.role is Role.SOURCE and move.state is State.UNFINISHED:
        raise DataInUse(
            f"This database is being moved to {move.other}: wait until that is done. If the move was broken "
            f"off, {AGAIN}, or start the bridge as the owner of the tables to go on here."
        )
