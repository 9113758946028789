"""The way back from a trouble: who may take it, and that everyone then listens again."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bridge.chat import Channel, Listening, Message
from bridge.clock import SystemClock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.inbox import Size
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import HistoryUnavailable, Session
from tests.sessions.conftest import HERE, QUICK, Listener, Stored, until
from tests.sessions.fake_discord import GUILD, OTHER_CHANNEL, TOKEN, FakeDiscord, answers
from tests.sessions.fake_wire import USER

THERE = Channel(GUILD, OTHER_CHANNEL)
MESSAGES = f"GET /channels/{HERE.id}/messages"
CAPTCHA = answers(400, {"captcha_key": ["x"], "captcha_service": "hcaptcha"})
VERIFY = answers(403, {"message": "You need to verify your account", "code": 40_002})
AGAIN = Listening(is_resumed=False, user_id=USER)


class MovedClock(SystemClock):
    """The machine's clock, ahead by as much time as has passed for a test."""

    ahead_ms = 0

    def monotonic_ms(self) -> int:
        return super().monotonic_ms() + self.ahead_ms


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def sessions(endpoint: Endpoint, clock: MovedClock) -> AsyncIterator[SelfbotSessions]:
    async with SelfbotSessions(endpoint, clock, pacing=QUICK) as opened:
        yield opened


async def fall_into(discord: FakeDiscord, session: Session, answer: Any) -> None:
    """Let Discord answer the session so, and return when a human is needed."""
    discord.handlers[MESSAGES] = answer
    with pytest.raises(HistoryUnavailable):
        await session.history("0", 10)
    await until(session, "needs_human")
    discord.handlers.clear()


async def test_who_is_connected_again_after_a_required_action_listens_again(
    discord: FakeDiscord, session: Session
) -> None:
    listener = Listener(session)
    await listener.next()

    await discord.dispatch("USER_REQUIRED_ACTION_UPDATE", {"required_action": "REQUIRE_CAPTCHA"})
    await discord.say("1", "meanwhile")
    await discord.dispatch("USER_REQUIRED_ACTION_UPDATE", {"required_action": None})
    await discord.say("2", "later")

    assert [await listener.next() for _ in range(3)] == [
        Message("1", HERE.id, content="meanwhile"),
        AGAIN,
        Message("2", HERE.id, content="later"),
    ]
    assert session.condition.is_connected


async def test_who_was_cut_off_in_a_trouble_listens_again_after_it(
    discord: FakeDiscord, session: Session
) -> None:
    listener = Listener(session)
    await listener.next()
    await discord.dispatch("USER_REQUIRED_ACTION_UPDATE", {"required_action": "REQUIRE_CAPTCHA"})
    await until(session, "needs_human")

    await discord.socket.send(7, None)
    resumed = await listener.next()
    await discord.until(lambda: bool(discord.requests("disconnect")))
    assert session.condition.standing.value == "needs_human"
    await discord.dispatch("USER_REQUIRED_ACTION_UPDATE", {"required_action": None})

    assert resumed == Listening(is_resumed=True, user_id=USER)
    assert await listener.next() == AGAIN


async def test_who_never_was_in_trouble_is_told_once_that_it_listens(
    discord: FakeDiscord, session: Session
) -> None:
    listener = Listener(session)
    await listener.next()

    await discord.dispatch("USER_REQUIRED_ACTION_UPDATE", {"required_action": None})
    await discord.say("1")

    assert await listener.next() == Message("1", HERE.id, content="")


async def test_a_trouble_that_comes_and_goes_without_end_fills_no_memory(
    discord: FakeDiscord, endpoint: Endpoint, stored: Stored
) -> None:
    async with SelfbotSessions(endpoint, SystemClock(), pacing=QUICK, size=Size(5, 5)) as sessions:
        session = sessions.open(TOKEN, HERE, stored)
        await until(session, "connected")
        for _ in range(40):
            await discord.dispatch("USER_REQUIRED_ACTION_UPDATE", {"required_action": "REQUIRE_CAPTCHA"})
            await discord.dispatch("USER_REQUIRED_ACTION_UPDATE", {"required_action": None})
        await until(session, "reconnecting")
        listener = Listener(session)

        heard = [await listener.next() for _ in range(11)]

        assert heard == [AGAIN] * 11
        assert session.condition.is_connected


@pytest.mark.parametrize("answer", [CAPTCHA, VERIFY])
async def test_opening_another_channel_of_the_token_mends_no_trouble(
    discord: FakeDiscord, sessions: SelfbotSessions, session: Session, stored: Stored, answer: Any
) -> None:
    await fall_into(discord, session, answer)

    other = sessions.open(TOKEN, THERE, stored)

    assert session.condition.standing.value == "needs_human"
    assert other.condition.standing.value == "needs_human"
    assert other.condition.remedy == session.condition.remedy


async def test_opening_another_channel_takes_no_required_action_back(
    discord: FakeDiscord, sessions: SelfbotSessions, session: Session, stored: Stored
) -> None:
    await discord.dispatch("USER_REQUIRED_ACTION_UPDATE", {"required_action": "AGREEMENTS"})
    await until(session, "needs_human")

    other = sessions.open(TOKEN, THERE, stored)

    assert session.condition.standing.value == "needs_human"
    assert other.condition.standing.value == "needs_human"


async def test_opening_another_channel_does_not_wake_a_connection_that_rests(
    discord: FakeDiscord, sessions: SelfbotSessions, session: Session, stored: Stored
) -> None:
    await discord.socket.ws.close(code=4015)
    await until(session, "needs_human")
    other = sessions.open(TOKEN, THERE, stored)
    assert other.condition.standing.value == "needs_human"

    await session.aclose()
    session = sessions.open(TOKEN, HERE, stored)
    await until(session, "connected")
    await until(other, "connected")

    assert len(discord.sockets) == 2


async def test_opening_the_same_account_anew_brings_all_back_and_all_listen(
    discord: FakeDiscord, sessions: SelfbotSessions, session: Session, stored: Stored
) -> None:
    other = sessions.open(TOKEN, THERE, stored)
    there = Listener(other)
    await there.next()
    await fall_into(discord, session, CAPTCHA)

    await session.aclose()
    anew = sessions.open(TOKEN, HERE, stored)
    await until(anew, "connected")

    assert other.condition.is_connected
    assert await there.next() == AGAIN
    assert await Listener(anew).next() == AGAIN


async def test_an_account_that_came_into_the_trouble_can_be_opened_anew_too(
    discord: FakeDiscord, sessions: SelfbotSessions, session: Session, stored: Stored
) -> None:
    await fall_into(discord, session, CAPTCHA)
    other = sessions.open(TOKEN, THERE, stored)

    await other.aclose()
    sessions.open(TOKEN, THERE, stored)

    await until(session, "connected")


async def test_an_account_that_was_let_go_and_comes_back_later_mends_no_trouble(
    discord: FakeDiscord, sessions: SelfbotSessions, session: Session, stored: Stored, clock: MovedClock
) -> None:
    await fall_into(discord, session, CAPTCHA)
    await sessions.open(TOKEN, THERE, stored).aclose()

    clock.ahead_ms = 60_000
    other = sessions.open(TOKEN, THERE, stored)

    assert session.condition.standing.value == "needs_human"
    assert other.condition.standing.value == "needs_human"


async def test_a_channels_own_trouble_is_not_mended_by_another(
    discord: FakeDiscord, sessions: SelfbotSessions, session: Session, stored: Stored
) -> None:
    await fall_into(discord, session, answers(403, {"message": "Missing Access", "code": 50_001}))

    other = sessions.open(TOKEN, THERE, stored)
    await until(other, "connected")
    assert session.condition.standing.value == "needs_human"

    await session.aclose()
    await until(sessions.open(TOKEN, HERE, stored), "connected")
