"""One connection per token, however many channels it serves."""

import logging

import pytest

from bridge.chat import Channel, InteractionCreated, Listening, Message
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Session
from tests.sessions.conftest import HERE, Listener, Stored, until
from tests.sessions.fake_discord import GUILD, OTHER_CHANNEL, TOKEN, FakeDiscord
from tests.sessions.fake_wire import USER

THERE = Channel(GUILD, OTHER_CHANNEL)
ELSEWHERE = Channel("200000000000000009", "300000000000000009")


async def test_two_channels_of_one_token_share_a_connection_and_hear_their_own(
    discord: FakeDiscord, sessions: SelfbotSessions, session: Session, stored: Stored
) -> None:
    other = sessions.open(TOKEN, THERE, stored)
    here, there = Listener(session), Listener(other)
    listening = [await here.next(), await there.next()]

    await discord.say("1", channel=HERE.id)
    await discord.say("2", channel=THERE.id)
    await discord.dispatch("INTERACTION_CREATE", {"id": "3", "nonce": "4"})

    assert listening == [Listening(is_resumed=False, user_id=USER)] * 2
    assert [await here.next(), await here.next()] == [
        Message("1", HERE.id, content=""),
        InteractionCreated("3", "4"),
    ]
    assert [await there.next(), await there.next()] == [
        Message("2", THERE.id, content=""),
        InteractionCreated("3", "4"),
    ]
    assert len(discord.sockets) == 1


async def test_a_channel_of_another_guild_subscribes_at_once(
    discord: FakeDiscord, sessions: SelfbotSessions, session: Session, stored: Stored
) -> None:
    other = sessions.open(TOKEN, ELSEWHERE, stored)
    await until(other, "connected")
    await discord.until(lambda: len(discord.ops(37)) == 2)

    assert list(discord.ops(37)[1]["subscriptions"]) == [ELSEWHERE.guild]
    assert await Listener(other).next() == Listening(is_resumed=False, user_id=USER)


async def test_only_the_guilds_of_configured_channels_are_subscribed(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.ready_extra = {
        "guilds": [{"id": guild} for guild in (GUILD, ELSEWHERE.guild, "200000000000000077")]
    }
    sessions.open(TOKEN, ELSEWHERE, stored)
    session = sessions.open(TOKEN, HERE, stored)
    await until(session, "connected")
    await discord.until(lambda: bool(discord.ops(37)))

    assert set(discord.ops(37)[0]["subscriptions"]) == {GUILD, ELSEWHERE.guild}


async def test_an_account_outside_the_server_needs_a_human(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.ready_extra = {"guilds": [{"id": GUILD}]}
    inside, outside = sessions.open(TOKEN, HERE, stored), sessions.open(TOKEN, ELSEWHERE, stored)

    await until(outside, "needs_human")
    await until(inside, "connected")

    assert "not a member" in (outside.condition.reason or "")


async def test_the_last_to_let_go_closes_the_connection(
    discord: FakeDiscord, sessions: SelfbotSessions, session: Session, stored: Stored
) -> None:
    other = sessions.open(TOKEN, THERE, stored)
    await other.aclose()
    assert session.condition.is_connected
    assert not discord.requests("disconnect")

    await session.aclose()
    await discord.until(lambda: bool(discord.requests("disconnect")))

    assert discord.requests("disconnect") == [1000]


async def test_a_closed_session_lets_its_readers_and_waiters_go(session: Session) -> None:
    await session.aclose()

    await session.changed()

    assert [heard async for heard in session.heard()] == []


async def test_what_is_said_before_a_session_listens_is_not_for_it(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.after_ready = [("INTERACTION_CREATE", {"id": "1", "nonce": "2"})]

    listener = Listener(sessions.open(TOKEN, HERE, stored))

    assert isinstance(await listener.next(), Listening)
    assert await listener.next() == InteractionCreated("1", "2")


async def test_no_token_is_in_any_log_line_or_repr(
    discord: FakeDiscord,
    sessions: SelfbotSessions,
    stored: Stored,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    discord.tokens.add("the.second.token")
    discord.ready_extra = {"auth_token": "the.second.token"}

    session = sessions.open(TOKEN, HERE, stored)
    await until(session, "connected")
    await discord.drop()
    await until(session, "reconnecting")
    await until(session, "connected")

    said = (
        caplog.text + capsys.readouterr().out + repr(session) + repr(vars(session)) + repr(sessions.__dict__)
    )
    assert TOKEN not in said
    assert "the.second.token" not in said
