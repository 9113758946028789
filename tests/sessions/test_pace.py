"""How a lost connection is come back to: with chance in every pause, and slower after speaking too fast."""

import asyncio
from random import Random

import pytest

from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.reconnect import MOST_CUTS, STEADY_MS, Reconnect, ReconnectLimits
from bridge.sessions.selfbot.closing import after_close
from tests.sessions.conftest import HERE, Listener, NotingClock, Stored
from tests.sessions.fake_discord import TOKEN, FakeDiscord
from tests.tools.hand_clock import BOOTED_MS, HandClock

PACING = ReconnectLimits(first_s=1, most_s=120)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_each_pause_is_a_chance_between_half_and_all_of_the_full_one(clock: HandClock) -> None:
    pace = Reconnect(clock, PACING, Random(1))
    for _ in range(4):
        pace.has_failed()

    pauses = [pace.pause_s(is_resume=False) for _ in range(200)]

    assert all(4 <= pause_s <= 8 for pause_s in pauses)
    assert len(set(pauses)) == 200
    assert min(pauses) < 4.5
    assert max(pauses) > 7.5


def test_the_same_chance_gives_the_same_pauses_and_another_gives_others(clock: HandClock) -> None:
    def pauses(chance: Random) -> list[float]:
        pace = Reconnect(clock, PACING, chance)
        pace.has_failed()
        return [pace.pause_s(is_resume=False) for _ in range(5)]

    assert pauses(Random(1)) == pauses(Random(1))
    assert pauses(Random(1)) != pauses(Random(2))


def test_connections_that_are_cut_together_do_not_come_back_together(clock: HandClock) -> None:
    paces = [Reconnect(clock, PACING) for _ in range(20)]

    for pace in paces:
        pace.has_been_cut()

    assert len({pace.pause_s(is_resume=True) for pace in paces}) == 20


async def test_a_pause_is_slept_on_the_clock(clock: HandClock) -> None:
    pace = Reconnect(clock, PACING, Random(1))
    pace.has_failed()

    waiting = asyncio.ensure_future(pace.wait(is_resume=False))
    slept_s = await clock.sleeper_s()
    clock.pass_s(slept_s / 2)
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.pass_s(slept_s / 2 + 0.001)
    await waiting

    assert 0.5 <= slept_s <= 1


def test_a_cut_connection_is_taken_up_again_at_once_however_many_attempts_failed_before(
    clock: HandClock,
) -> None:
    pace = Reconnect(clock, PACING)
    for _ in range(6):
        pace.has_failed()
    pace.has_come_up(is_resumed=False)

    pace.has_been_cut()

    assert 0 < pace.pause_s(is_resume=True) < 0.5


def test_attempts_after_a_cut_that_do_not_come_up_make_the_pause_longer_each_time(clock: HandClock) -> None:
    pace = Reconnect(clock, PACING)
    pace.has_come_up(is_resumed=False)
    pace.has_been_cut()

    pauses = []
    for _ in range(3):
        pace.has_failed()
        pauses.append(pace.pause_s(is_resume=True))

    assert all(most / 2 <= pause_s <= most for pause_s, most in zip(pauses, (1, 2, 4), strict=True))


def test_every_new_session_makes_the_pause_before_the_next_longer(clock: HandClock) -> None:
    pace = Reconnect(clock, PACING)

    pauses = []
    for _ in range(4):
        pace.has_come_up(is_resumed=False)
        clock.pass_s(5)
        pace.has_lost_session()
        pauses.append(pace.pause_s(is_resume=False))

    assert all(most / 2 <= pause_s <= most for pause_s, most in zip(pauses, (1, 2, 4, 8), strict=True))


def test_a_cut_between_new_sessions_does_not_make_them_cheaper(clock: HandClock) -> None:
    pace = Reconnect(clock, PACING)

    for _ in range(4):
        pace.has_come_up(is_resumed=False)
        pace.has_been_cut()
        pace.has_failed()

    assert 8 <= pace.pause_s(is_resume=False) <= 16


def test_a_steady_time_starts_the_pauses_over(clock: HandClock) -> None:
    pace = Reconnect(clock, PACING)
    for _ in range(4):
        pace.has_come_up(is_resumed=False)
        pace.has_been_too_fast()
    pace.has_come_up(is_resumed=True)

    clock.pass_s(STEADY_MS / 1000)
    pace.has_lost_session()

    assert 0.5 <= pace.pause_s(is_resume=False) <= 1


def test_a_connection_that_is_cut_again_and_again_is_taken_up_more_slowly(clock: HandClock) -> None:
    pace, cuts = Reconnect(clock, PACING, Random(7)), 0
    clock.pass_s(60)

    for _ in range(3600):
        pace.has_come_up(is_resumed=True)
        pace.has_been_cut()
        cuts += 1
        clock.pass_s(pause_s := pace.pause_s(is_resume=True))
        if clock.monotonic_ms() > BOOTED_MS + 3_660_000:
            break

    assert pause_s > 0.5
    assert 60 * (MOST_CUTS - 2) <= cuts <= 60 * (MOST_CUTS + 6)


def test_only_speaking_too_fast_is_followed_more_slowly() -> None:
    others = (1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4007, 4009, None)

    assert not any(after_close(code, is_resumable=True).is_too_fast for code in others)
    assert after_close(4008, is_resumable=True).is_too_fast


@pytest.mark.parametrize(("code", "least_s", "most_s"), [(4000, 0, 0.5), (4007, 0.5, 1), (4008, 2, 4)])
async def test_the_pause_after_a_close_is_what_its_code_asks_for(
    discord: FakeDiscord, endpoint: Endpoint, stored: Stored, code: int, least_s: float, most_s: float
) -> None:
    clock = NotingClock()
    async with SelfbotSessions(endpoint, clock, pacing=PACING) as sessions:
        listener = Listener(sessions.open(TOKEN, HERE, stored))
        await listener.next()
        assert clock.pauses == []

        await discord.socket.ws.close(code=code)
        await listener.next()

    assert len(clock.pauses) == 1
    assert least_s <= clock.pauses[0] < most_s


@pytest.mark.parametrize("way", ["close", "cut", "op 7"])
async def test_ten_drops_are_followed_at_once_each(
    discord: FakeDiscord, endpoint: Endpoint, stored: Stored, way: str
) -> None:
    clock = NotingClock()
    async with SelfbotSessions(endpoint, clock, pacing=PACING) as sessions:
        listener = Listener(sessions.open(TOKEN, HERE, stored))
        await listener.next()
        for _ in range(10):
            if way == "op 7":
                await discord.socket.send(7, None)
            elif way == "cut":
                await discord.drop()
            else:
                await discord.socket.ws.close(code=4000)
            await listener.next()

    assert len(clock.pauses) == 10
    assert all(pause_s < 0.5 for pause_s in clock.pauses)
    assert len(discord.ops(2)) == 1
