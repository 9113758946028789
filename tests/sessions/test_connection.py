"""The life of a connection: lost and found again, paced."""

import asyncio
import socket
from typing import Any

import pytest

from bridge.chat import Listening, Message
from bridge.clock import SystemClock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Session
from bridge.sessions.reconnect import Reconnect, ReconnectLimits
from bridge.sessions.selfbot import client
from tests.sessions.conftest import HERE, QUICK, Listener, Stored, until
from tests.sessions.fake_discord import TOKEN, FakeDiscord, answers
from tests.sessions.fake_wire import USER, Socket
from tests.tools.hand_clock import HandClock


async def test_a_cut_is_resumed_and_what_was_missed_is_replayed_once(
    discord: FakeDiscord, session: Session
) -> None:
    listener = Listener(session)
    await listener.next()
    missed = {"id": "5", "channel_id": HERE.id, "content": "missed"}
    discord.replays = [("MESSAGE_CREATE", missed)]

    await discord.drop()
    heard = [await listener.next(), await listener.next()]

    assert heard == [Message("5", HERE.id, content="missed"), Listening(is_resumed=True, user_id=USER)]
    assert len(discord.ops(37)) == 1
    assert len(discord.ops(6)) == 1


@pytest.mark.parametrize("op", [(7, None), (9, True)])
async def test_a_request_to_reconnect_is_followed_by_resume(
    discord: FakeDiscord, session: Session, op: tuple[int, Any]
) -> None:
    listener = Listener(session)
    await listener.next()

    await discord.socket.send(*op)

    assert await listener.next() == Listening(is_resumed=True, user_id=USER)
    assert session.condition.is_connected


async def test_an_invalid_session_is_replaced_and_subscribed_again(
    discord: FakeDiscord, session: Session
) -> None:
    listener = Listener(session)
    await listener.next()

    await discord.socket.send(9, False)

    assert await listener.next() == Listening(is_resumed=False, user_id=USER)
    await discord.until(lambda: len(discord.ops(37)) == 2)
    assert (len(discord.ops(2)), len(discord.ops(6))) == (2, 0)


@pytest.mark.parametrize(
    ("code", "is_resumed"),
    [
        *[(code, True) for code in (4000, 4001, 4002, 4005, 4008, 1011)],
        *[(code, False) for code in (1000, 1001, 4003, 4007, 4009)],
    ],
)
async def test_each_close_code_is_followed_by_what_discord_documents(
    discord: FakeDiscord, session: Session, code: int, is_resumed: bool
) -> None:
    listener = Listener(session)
    await listener.next()

    await discord.socket.ws.close(code=code)

    assert await listener.next() == Listening(is_resumed=is_resumed, user_id=USER)


async def test_reconnects_are_paced(discord: FakeDiscord, endpoint: Endpoint, stored: Stored) -> None:
    async def refuse(opened: Socket) -> None:
        await opened.send(9, False)

    class Clock(SystemClock):
        pauses: list[float] = []  # noqa: RUF012

        async def sleep(self, seconds: float) -> None:
            self.pauses.append(seconds)
            await asyncio.sleep(0)

    discord.on_identify = refuse
    clock = Clock()

    async with SelfbotSessions(endpoint, clock, pacing=ReconnectLimits(first_s=1, most_s=120)) as sessions:
        sessions.open(TOKEN, HERE, stored)
        await discord.until(lambda: len(discord.ops(2)) >= 6)

    for index, pause_s in enumerate(clock.pauses[:5]):
        assert 2**index / 2 <= pause_s <= 2**index


def test_a_pause_grows_to_a_limit_and_starts_over_when_a_connection_comes_up() -> None:
    pace = Reconnect(HandClock(), ReconnectLimits(first_s=1, most_s=60))
    assert pace.pause_s(is_resume=False) == 0

    for _ in range(20):
        pace.has_failed()
    assert 30 <= pace.pause_s(is_resume=False) <= 60

    pace.has_come_up(is_resumed=False)
    pace.has_lost_session()
    assert 0.5 <= pace.pause_s(is_resume=False) <= 1


async def test_a_dead_resume_address_is_given_up(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.resume_url = "ws://127.0.0.1:1/"
    session = sessions.open(TOKEN, HERE, stored)
    listener = Listener(session)
    await listener.next()

    await discord.drop()

    assert await listener.next() == Listening(is_resumed=False, user_id=USER)


async def test_a_gateway_that_acknowledges_no_heartbeat_is_left_although_it_speaks(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.acknowledges = False
    discord.heartbeat_ms = 100
    session = sessions.open(TOKEN, HERE, stored)
    listener = Listener(session)
    await listener.next()

    await discord.until(lambda: bool(discord.ops(6)))

    assert await listener.next() == Listening(is_resumed=True, user_id=USER)
    assert len(discord.ops(2)) == 1


@pytest.mark.parametrize("answered", [0, 1, 3])
async def test_a_silent_gateway_is_left_within_two_heartbeats(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, answered: int
) -> None:
    discord.acknowledges = answered > 0
    discord.heartbeat_ms = 50
    listener = Listener(sessions.open(TOKEN, HERE, stored))
    await listener.next()

    await discord.until(lambda: len(discord.ops(1)) >= answered)
    discord.acknowledges = False
    answered = len(discord.ops(1))
    await discord.until(lambda: bool(discord.ops(6)))

    kinds = [kind for kind, _ in discord.journal]
    unanswered = kinds[: kinds.index("op 6")].count("op 1") - answered
    assert unanswered <= 2


@pytest.mark.parametrize("ready", [{"session_id": None, "resume_gateway_url": None}, {"user": 3}])
async def test_a_ready_that_makes_no_sense_is_survived(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, ready: dict[str, Any]
) -> None:
    discord.ready_extra = ready
    session = sessions.open(TOKEN, HERE, stored)
    await discord.until(lambda: bool(discord.ops(2)))
    discord.ready_extra = {}

    await until(session, "connected")

    assert session.condition.is_connected


async def test_bytes_that_cannot_be_unpacked_cost_a_resume(discord: FakeDiscord, session: Session) -> None:
    listener = Listener(session)
    await listener.next()

    await discord.socket.ws.send_bytes(b"no zlib stream\x00\x00\xff\xff")

    assert await listener.next() == Listening(is_resumed=True, user_id=USER)


async def test_a_login_that_fails_otherwise_is_tried_again(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.handlers["GET /users/@me"] = answers(500, {"message": "down"})
    session = sessions.open(TOKEN, HERE, stored)
    await discord.until(lambda: len(discord.requests("GET /users/@me")) >= 2)
    discord.handlers.clear()

    await until(session, "connected")


async def test_a_gateway_that_never_greets_is_left(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "GREETING_LIMIT_S", 0.05)
    discord.greets = False
    session = sessions.open(TOKEN, HERE, stored)
    await discord.until(lambda: len(discord.ops(2)) >= 2)
    discord.greets = True

    await until(session, "connected")


async def test_a_client_that_does_not_come_up_for_long_is_replaced(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "GREETING_LIMIT_S", 0.05)
    monkeypatch.setattr(client, "DOWN_LIMIT_MS", 100)
    discord.greets = False
    session = sessions.open(TOKEN, HERE, stored)
    await discord.until(lambda: len(discord.requests("GET /users/@me")) >= 2)
    discord.greets = True

    await until(session, "connected")


async def test_a_gateway_that_is_down_is_tried_until_it_is_back(
    discord: FakeDiscord, endpoint: Endpoint, stored: Stored
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    nowhere = Endpoint(endpoint.api_url, f"ws://127.0.0.1:{port}/")

    async with SelfbotSessions(nowhere, SystemClock(), pacing=QUICK) as sessions:
        session = sessions.open(TOKEN, HERE, stored)
        await discord.until(lambda: bool(discord.requests("GET /users/@me")))
        assert session.condition.standing.value == "connecting"
        discord_there = await FakeDiscord().start(port)
        await until(session, "connected")
        await session.aclose()
        await discord_there.stop()
