"""One transaction for several bodies, and the mark by which it is known later whether it was committed.

Everything here runs in a connection's thread.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import sql

from bridge.store.advisory_locks import POSITIONS
from bridge.store.group_writer import Body, Outcome
from bridge.store.postgres.statements import prepared
from bridge.store.postgres.transaction import (
    Connection,
    PostgresTx,
    can_be_run_again,
    meaning_of,
    result_of,
)

BEGIN: Final = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
ENOUGH_MS: Final = 500
"""How long a transaction goes on with further bodies."""

# Several statements in one message. In a pipeline a process could be frozen between two messages of one
# round trip, and then no timeout of the server ends its transaction: for it, the client is not idle.
_TURN: Final = sql.SQL("LOCK TABLE log_turns IN EXCLUSIVE MODE; SELECT pg_advisory_xact_lock({lock})")
_MARK_AND_COMMIT: Final = sql.SQL(
    """
    INSERT INTO last_commits (writer, number, asked, at) VALUES ({writer}, {number}, 0, now())
    ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = excluded.at;
    COMMIT
    """
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Names a transaction: the process that runs it, and its number there."""

    writer: str
    number: int


class NothingWritten(Exception):
    """The transaction was rolled back, and can be run again at once; its cause says why."""


class Unknown(Exception):
    """The connection was lost after the COMMIT was sent: the `outcomes` hold if it was carried out."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        super().__init__("the connection was lost during the commit")
        self.outcomes = outcomes


def committed(
    connection: Connection,
    bodies: Sequence[Body],
    mark: Mark,
    *,
    waits_first: bool = False,
    now_ms: Callable[[], int] = lambda: 0,
) -> Sequence[Outcome]:
    """Run bodies in one transaction, commit it, and return what became of each.

    If they take long, it is committed before all of them have run, and there are fewer outcomes: others wait
    for their turn, and a transaction that is not over in time would have run in vain.
    `waits_first`: wait for the turn to give out positions before anything else. Several bodies always do.
    Raises `NothingWritten`, and `Unknown`.
    """
    _begin(connection)
    try:
        if waits_first or len(bodies) > 1:
            _wait_for_turn(connection)
        outcomes: list[Outcome] = []
        enough_ms = now_ms() + ENOUGH_MS
        while len(outcomes) < len(bodies) and (not outcomes or now_ms() < enough_ms):
            outcomes.append(_run(connection, bodies[len(outcomes)], is_alone=len(bodies) == 1))
        if any(outcome.error is None for outcome in outcomes):
            _commit(connection, mark, outcomes)
        else:
            connection.execute("ROLLBACK")
    except psycopg.Error as error:
        _roll_back(connection)
        if connection.closed or can_be_run_again(error):
            raise NothingWritten from error
        return [Outcome(error=meaning_of(error)) for _ in bodies]
    return outcomes


def was_committed(connection: Connection, mark: Mark) -> bool:
    """Return whether a transaction whose outcome was unknown was committed; if not, it never will be.

    This waits for a transaction that is still under way, and makes one fail whose COMMIT arrives later: it
    has read the row that is changed here.
    """
    statement = prepared(
        """
        INSERT INTO last_commits (writer, number, asked, at) VALUES (:writer, 0, 1, now())
        ON CONFLICT (writer) DO UPDATE SET asked = last_commits.asked + 1
        RETURNING number
        """
    )
    row = connection.execute(statement.text, statement.values({"writer": mark.writer})).fetchone()
    return row is not None and row["number"] == mark.number


def _begin(connection: Connection) -> None:
    """Begin, or lose a connection that cannot: after a failover it may lead to a standby."""
    try:
        connection.execute(BEGIN)
    except psycopg.Error as error:
        connection.close()
        raise NothingWritten from error


def _wait_for_turn(connection: Connection) -> None:
    """Wait until no other transaction gives out positions (decision 31); one that waits has locked no rows.

    The table is locked first: that takes no snapshot, so what is read later is not as old as the wait.
    """
    connection.execute(_TURN.format(lock=POSITIONS), prepare=False)


def _run(connection: Connection, body: Body, *, is_alone: bool) -> Outcome:
    """Run a body in a savepoint, unless it has the transaction to itself."""
    if not is_alone:
        connection.execute("SAVEPOINT body")
    tx = PostgresTx(connection)
    outcome = _outcome(body, tx)
    if can_be_run_again(tx.failure) or connection.closed:
        raise NothingWritten from tx.failure
    if tx.failure is not None and outcome.error is None:
        outcome = Outcome(error=meaning_of(tx.failure))
    if not is_alone:
        connection.execute("ROLLBACK TO body" if outcome.error else "RELEASE body")
    return outcome


def _outcome(body: Body, tx: PostgresTx) -> Outcome:
    try:
        return Outcome(result_of(body, tx))
    except Exception as error:  # noqa: BLE001 - one body: its neighbours are committed
        return Outcome(error=meaning_of(error))


def _commit(connection: Connection, mark: Mark, outcomes: Sequence[Outcome]) -> None:
    """Leave the mark and commit; raises `Unknown`, and `psycopg.Error` if nothing was committed."""
    try:
        commit = connection.execute(
            _MARK_AND_COMMIT.format(writer=mark.writer, number=mark.number), prepare=False
        )
        while commit.nextset():
            continue
    except psycopg.Error as error:
        if connection.closed:
            raise Unknown(outcomes) from error
        raise
    if commit.statusmessage != "COMMIT":
        raise psycopg.OperationalError("the transaction was rolled back")


def _roll_back(connection: Connection) -> None:
    """Roll back; a connection on which that fails is lost, and its transaction with it."""
    if connection.closed:
        return
    try:
        connection.execute("ROLLBACK")
    except psycopg.Error:
        connection.close()
