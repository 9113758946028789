"""How a lost connection is come back to: with chance in every pause, and slower after speaking too fast."""

import asyncio
from random import Random

import pytest

from bridge.clock import SystemClock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pace import Pace, Pacing
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.selfbot.closing import after_close
from tests.flows.hand_clock import HandClock
from tests.sessions.conftest import HERE, Listener, Stored
from tests.sessions.fake_discord import TOKEN, FakeDiscord

PACING = Pacing(first_s=1, most_s=120)


class NotingClock(SystemClock):
    """Sleeps no time, and remembers for how long it was asked to."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_each_pause_is_a_chance_between_half_and_all_of_the_full_one(clock: HandClock) -> None:
    pace = Pace(clock, PACING, Random(1))
    for _ in range(4):
        pace.has_failed()

    pauses = [pace.pause_s for _ in range(200)]

    assert all(4 <= pause_s <= 8 for pause_s in pauses)
    assert len(set(pauses)) == 200
    assert min(pauses) < 4.5
    assert max(pauses) > 7.5


def test_the_same_chance_gives_the_same_pauses_and_another_gives_others(clock: HandClock) -> None:
    def pauses(chance: Random) -> list[float]:
        pace = Pace(clock, PACING, chance)
        pace.has_failed()
        return [pace.pause_s for _ in range(5)]

    assert pauses(Random(1)) == pauses(Random(1))
    assert pauses(Random(1)) != pauses(Random(2))


def test_connections_that_are_lost_together_do_not_come_back_together(clock: HandClock) -> None:
    paces = [Pace(clock, PACING) for _ in range(20)]

    for pace in paces:
        pace.has_failed()

    assert len({pace.pause_s for pace in paces}) == 20


async def test_a_pause_is_slept_on_the_clock(clock: HandClock) -> None:
    pace = Pace(clock, PACING, Random(1))
    pace.has_failed()

    waiting = asyncio.ensure_future(pace.wait())
    slept_s = await clock.sleeper_s()
    clock.pass_s(slept_s / 2)
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.pass_s(slept_s / 2 + 0.001)
    await waiting

    assert 0.5 <= slept_s <= 1


def test_a_short_time_up_does_not_start_the_pauses_over(clock: HandClock) -> None:
    pace = Pace(clock, PACING, Random(1))
    for _ in range(6):
        pace.has_failed()

    pace.has_come_up()
    clock.pass_s(29)
    pace.has_failed()

    assert 32 <= pace.pause_s <= 64


def test_speaking_too_fast_weighs_more_than_any_other_close() -> None:
    others = (1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4007, 4009, None)

    weights = {after_close(code, is_resumable=True).weight for code in others}

    assert weights == {1}
    assert after_close(4008, is_resumable=True).weight == 3


@pytest.mark.parametrize(("code", "full_s"), [(4000, 1), (4007, 1), (4008, 4)])
async def test_after_a_close_for_speaking_too_fast_the_pause_is_longer(
    discord: FakeDiscord, endpoint: Endpoint, stored: Stored, code: int, full_s: int
) -> None:
    clock = NotingClock()
    async with SelfbotSessions(endpoint, clock, pacing=PACING) as sessions:
        listener = Listener(sessions.open(TOKEN, HERE, stored))
        await listener.next()
        assert clock.pauses == []

        await discord.socket.ws.close(code=code)
        await listener.next()

    assert len(clock.pauses) == 1
    assert full_s / 2 <= clock.pauses[0] < full_s


async def test_pauses_between_connections_are_never_the_full_ones(
    discord: FakeDiscord, endpoint: Endpoint, stored: Stored
) -> None:
    clock = NotingClock()
    async with SelfbotSessions(endpoint, clock, pacing=PACING) as sessions:
        listener = Listener(sessions.open(TOKEN, HERE, stored))
        for _ in range(6):
            await listener.next()
            await discord.socket.ws.close(code=4000)
        await listener.next()

    full_s = [2**index for index in range(6)]
    assert len(clock.pauses) == 6
    assert all(most / 2 <= pause_s < most for pause_s, most in zip(clock.pauses, full_s, strict=True))
