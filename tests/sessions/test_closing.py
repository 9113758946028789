"""Closing is quick, whatever is going on, and leaves nothing behind."""

import asyncio

import pytest

from bridge.chat import InteractionFailed
from bridge.clock import SystemClock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Session
from bridge.sessions.reconnect import ReconnectLimits
from tests.sessions.conftest import HERE, QUICK, Listener, Stored, until
from tests.sessions.fake_discord import TOKEN, FakeDiscord, hang


@pytest.mark.parametrize(
    "moment", ["at once", "in login", "in greeting", "connected", "resting", "reconnecting"]
)
async def test_closing_is_quick_and_leaves_nothing_behind(
    discord: FakeDiscord, endpoint: Endpoint, stored: Stored, moment: str
) -> None:
    before = asyncio.all_tasks()
    slow = ReconnectLimits(first_s=600, most_s=600) if moment == "reconnecting" else QUICK
    if moment == "in login":
        discord.handlers["GET /users/@me"] = hang
    discord.greets = moment != "in greeting"

    async with SelfbotSessions(endpoint, SystemClock(), pacing=slow) as sessions:
        session = sessions.open(TOKEN, HERE, stored)
        await _reach(moment, discord, session)
        begun = asyncio.get_running_loop().time()
        await session.aclose()
    took_s = asyncio.get_running_loop().time() - begun
    await asyncio.sleep(0)

    ours = {task for task in asyncio.all_tasks() - before if not _is_the_servers(task)}
    assert took_s < 2
    assert not ours


async def test_a_close_that_is_broken_off_closes_all_the_same(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    session = sessions.open(TOKEN, HERE, stored)
    await until(session, "connected")
    closing = asyncio.create_task(session.aclose())
    await asyncio.sleep(0)

    closing.cancel()
    await asyncio.wait({closing})
    await discord.until(lambda: bool(discord.requests("disconnect")))

    assert closing.cancelled()
    assert session.condition.standing.value == "reconnecting"


async def test_a_session_that_is_closed_is_nothing_that_a_person_has_to_mend(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    session = sessions.open(TOKEN, HERE, stored)
    await until(session, "connected")

    await session.aclose()

    assert not session.condition.is_connected
    assert not session.condition.is_unusable


async def test_a_closed_session_still_says_what_a_person_has_to_mend(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    session = sessions.open(TOKEN, HERE, stored)
    await _reach("resting", discord, session)

    await session.aclose()

    assert session.condition.standing.value == "bad_token"


def _is_the_servers(task: "asyncio.Task[object]") -> bool:
    """Tell whether a task is the fake Discord's, which ends what it serves by itself."""
    return any(name in repr(task.get_coro()) for name in ("aiohttp", "RequestHandler"))


async def _reach(moment: str, discord: FakeDiscord, session: Session) -> None:
    if moment == "in login":
        await discord.until(lambda: bool(discord.requests("GET /users/@me")))
    elif moment == "in greeting":
        await discord.until(lambda: bool(discord.ops(2)))
    elif moment in ("connected", "resting", "reconnecting"):
        await until(session, "connected")
    if moment == "resting":
        await discord.socket.ws.close(code=4004)
        await until(session, "bad_token")
    elif moment == "reconnecting":
        await discord.drop()
        await until(session, "reconnecting")


async def test_a_cancelled_reader_goes_and_nothing_is_lost(discord: FakeDiscord, session: Session) -> None:
    listener = Listener(session)
    await listener.next()
    waiting = asyncio.create_task(listener.next())
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.wait({waiting})
    await discord.dispatch("INTERACTION_FAILURE", {"id": "1", "nonce": "2", "reason_code": 2})

    assert waiting.cancelled()
    assert await Listener(session).next() == InteractionFailed("1", "2", 2)
