"""What Discord asked of a person before holds for the login too, and for all that comes behind it."""

from collections.abc import AsyncIterator

import pytest

from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from tests.sessions.conftest import HERE, QUICK, SAME_PERSON, THERE, Stored, until
from tests.sessions.fake_discord import TOKEN, FakeDiscord, Handler, answers
from tests.tools.clocks import MovedClock
from tests.tools.cloudflare import page
from tests.tools.discord_requests import LOGIN

SILENT_S = 100


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def sessions(endpoint: Endpoint, clock: MovedClock) -> AsyncIterator[SelfbotSessions]:
    async with SelfbotSessions(endpoint, clock, pacing=QUICK) as opened:
        yield opened


async def test_a_session_logs_in_when_the_silence_of_before_is_over(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, clock: MovedClock
) -> None:
    session = sessions.open(TOKEN, HERE, stored, held_s=SILENT_S)
    while session.condition.reason != "Discord has asked to wait":
        await session.changed()
    await clock.advance(SILENT_S - 10)
    before = list(discord.journal)

    await clock.advance(10)
    await until(session, "connected")

    assert before == []


async def test_a_silence_that_is_known_from_one_account_holds_for_all_of_its_person(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, clock: MovedClock
) -> None:
    discord.tokens.add(SAME_PERSON)
    sessions.open(TOKEN, HERE, stored, held_s=SILENT_S)

    other = sessions.open(SAME_PERSON, THERE, stored)
    while other.condition.reason != "Discord has asked to wait":
        await other.changed()

    assert discord.journal == []


@pytest.mark.parametrize(
    ("throttle", "asked_s"),
    [
        (answers(429, {"retry_after": SILENT_S, "global": True}), SILENT_S),
        (page(429, {"Retry-After": str(SILENT_S)}), SILENT_S),
        (page(429), 60),
    ],
    ids=["json", "ban", "ban without a time"],
)
async def test_a_login_that_is_throttled_is_tried_again_when_its_time_has_come(
    discord: FakeDiscord,
    sessions: SelfbotSessions,
    stored: Stored,
    clock: MovedClock,
    throttle: Handler,
    asked_s: int,
) -> None:
    discord.handlers[LOGIN] = throttle
    session = sessions.open(TOKEN, HERE, stored)
    while session.condition.reason != "Discord has asked to wait":
        await session.changed()
        await clock.advance(0.1)
    del discord.handlers[LOGIN]
    held_ms = session.held_until_monotonic_ms - clock.monotonic_ms()
    logins = len(discord.requests(LOGIN))

    await clock.advance(asked_s)
    await until(session, "connected")

    assert logins == 1
    assert asked_s * 1000 - 5_000 < held_ms <= asked_s * 1000
