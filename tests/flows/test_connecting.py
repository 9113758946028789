"""A start waits for its accounts until waiting does not help, and for a minute at most."""

import asyncio

import pytest

from bridge.accounts.condition import Condition, Standing
from bridge.app.connecting import Connecting
from tests.flows.conftest import Rig, condition


class Known:
    """The condition that every account has, and when it connects again."""

    def __init__(self) -> None:
        self.now: Condition | None = None
        self.next_ms: int | None = None

    def condition(self, _account: int) -> Condition | None:
        return self.now

    def next_try_ms(self, _account: int) -> int | None:
        return self.next_ms


@pytest.fixture
def known() -> Known:
    return Known()


@pytest.fixture
def connecting(rig: Rig, known: Known) -> Connecting:
    return Connecting(rig.database, rig.notifier, rig.clock, known)


@pytest.mark.parametrize("standing", [Standing.CONNECTED, Standing.BAD_TOKEN, Standing.NEEDS_HUMAN])
async def test_a_start_waits_for_no_account_that_is_connected_or_needs_a_person(
    rig: Rig, connecting: Connecting, known: Known, standing: Standing
) -> None:
    known.now = condition(standing)

    found = await connecting.wait()

    assert [(each.channel, each.condition.standing) for each in found] == [(rig.account.channel, standing)]


async def test_a_start_waits_a_minute_and_returns_what_is_missing(
    rig: Rig, connecting: Connecting, known: Known
) -> None:
    known.now, known.next_ms = condition(Standing.CONNECTING), rig.clock.now_ms() + 5_000
    told: asyncio.Queue[object] = asyncio.Queue()
    waiting = asyncio.ensure_future(connecting.wait(told.put_nowait))
    async with asyncio.timeout(30):
        first = await told.get()
        while not waiting.done():
            await asyncio.sleep(0)
            rig.clock.pass_s(1)

    [missing] = waiting.result()
    assert not missing.is_settled
    assert first == [missing]


async def test_an_account_that_connects_meanwhile_ends_the_wait(
    rig: Rig, connecting: Connecting, known: Known
) -> None:
    waiting = asyncio.ensure_future(connecting.wait())
    await asyncio.sleep(0)

    known.now = condition(Standing.CONNECTED)
    rig.notifier.notify("conditions")
    async with asyncio.timeout(30):
        while not waiting.done():
            await asyncio.sleep(0)
            rig.notifier.notify("conditions")

    assert [each.is_settled for each in waiting.result()] == [True]
