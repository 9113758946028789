"""What it costs to find the next job of an account: statements are counted."""

import pytest

from bridge.flows.send.next_job import SenderState, next_turn
from bridge.pixverse.profile import DEFAULT
from bridge.store.database import Tx
from tests.flows.conftest import Rig
from tests.tools.counting import counting


async def statements_of_a_turn(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> int:
    def turn(tx: Tx) -> None:
        assert next_turn(tx, rig.account.id, DEFAULT, SenderState(rig.clock.now_ms(), pace_s=0)).prepare

    with counting(monkeypatch) as statements:
        await rig.database.read(turn)
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
