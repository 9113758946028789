"""A process hands a gateway session over, and another one resumes it."""

import asyncio

from bridge.chat import GatewaySession, Listening, Message
from bridge.clock import SystemClock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Session
from tests.sessions.conftest import HERE, QUICK, Listener, Stored, until
from tests.sessions.fake_discord import TOKEN, FakeDiscord
from tests.sessions.fake_wire import USER

ANEW = Listening(is_resumed=False, user_id=USER)


async def finished(listener: Listener) -> None:
    """Let a reader finish what it has, and wait for more in vain."""
    waiting = asyncio.create_task(listener.next())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})


async def handed_over(session: Session) -> GatewaySession:
    found = await session.hand_over()
    await session.aclose()
    assert found is not None
    return found


async def test_another_process_resumes_behind_the_last_event_and_hears_what_was_missed(
    discord: FakeDiscord, endpoint: Endpoint, session: Session, stored: Stored
) -> None:
    listener = Listener(session)
    await listener.next()
    await discord.say("4", "before")
    await listener.next()
    await finished(listener)
    discord.replays = [("MESSAGE_CREATE", {"id": "5", "channel_id": HERE.id, "content": "missed"})]

    left = await handed_over(session)
    async with SelfbotSessions(endpoint, SystemClock(), pacing=QUICK) as others:
        hearing = Listener(others.open(TOKEN, HERE, stored, 0, left))
        heard = [await hearing.next(), await hearing.next()]

    [resume] = discord.ops(6)
    assert heard == [Message("5", HERE.id, content="missed"), ANEW]
    assert (resume["session_id"], resume["seq"]) == (left.id, left.sequence)
    assert len(discord.ops(2)) == 1


async def test_discord_keeps_the_session_that_is_handed_over_and_no_other(
    discord: FakeDiscord, session: Session
) -> None:
    listener = Listener(session)
    await listener.next()
    await finished(listener)

    await handed_over(session)

    await discord.until(lambda: ("disconnect", 4000) in discord.journal)


async def test_a_session_that_is_closed_is_given_up_at_discord(
    discord: FakeDiscord, session: Session
) -> None:
    await session.aclose()

    await discord.until(lambda: ("disconnect", 1000) in discord.journal)


async def test_a_session_of_which_an_event_is_not_finished_is_not_handed_over(
    discord: FakeDiscord, session: Session
) -> None:
    listener = Listener(session)
    await listener.next()

    assert session.resumable() is None
    assert await session.hand_over() is None


async def test_a_session_that_discord_has_forgotten_is_begun_anew(
    discord: FakeDiscord, endpoint: Endpoint, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.resumes = False

    session = sessions.open(TOKEN, HERE, stored, 0, GatewaySession(discord.gateway_url, "forgotten", 7))
    await until(session, "connected")

    assert await Listener(session).next() == ANEW
    assert (len(discord.ops(6)), len(discord.ops(2))) == (1, 1)
