"""What it costs to find the next job of an account: statements are counted."""

from collections.abc import Mapping

import pytest

from bridge.flows.queue import Known, next_turn
from bridge.pixverse.profile import DEFAULT
from bridge.store.database import Tx
from bridge.store.transaction import SqliteTx
from tests.flows.conftest import Rig


async def statements_of_a_turn(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> int:
    statements: list[str] = []
    executed = SqliteTx._executed

    def counting(self: SqliteTx, sql: str, values: Mapping[str, object]) -> object:
        statements.append(sql)
        return executed(self, sql, dict(values))

    def turn(tx: Tx) -> None:
        assert next_turn(tx, rig.account.id, DEFAULT, Known(rig.clock.now_ms(), pace_s=0)).prepare

    monkeypatch.setattr(SqliteTx, "_executed", counting)
    await rig.database.read(turn)
    monkeypatch.undo()
    return len(statements)


async def test_the_next_job_is_found_with_the_same_statements_however_many_are_owed(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.sent(1, "a cat on a roof")
    await rig.waiting(2, "two robots dancing")
    with_one = await statements_of_a_turn(rig, monkeypatch)
    for number in range(3, 9):
        await rig.sent(number, f"word{number} other{number} third{number}")

    with_seven = await statements_of_a_turn(rig, monkeypatch)

    assert with_seven == with_one
