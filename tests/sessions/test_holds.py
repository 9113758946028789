"""Where Discord wants silence about everything, nothing more is asked by that person with any request."""

import asyncio
from pathlib import Path

import pytest

from bridge.chat import File, SlashCommand
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import HistoryUnavailable, NotSent, Prepared, Session, Taken, Throttled
from tests.sessions.conftest import ANOTHER_PERSON, HERE, SAME_PERSON, THERE, Stored, send, until
from tests.sessions.fake_discord import FakeDiscord, answers
from tests.tools.discord_requests import CREATE, POSTS, PRESS

MESSAGES = f"GET /channels/{HERE.id}/messages"
GLOBAL = answers(429, {"retry_after": 100, "global": True})
OF_A_ROUTE = answers(429, {"retry_after": 100, "global": False})


async def test_a_global_429_of_the_post_keeps_everything_else_back(
    discord: FakeDiscord, session: Session, tmp_path: Path
) -> None:
    discord.handlers[POSTS] = GLOBAL
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"png")
    asked = SlashCommand(
        None, "create", {"prompt": "x", "image": File("cat.png", str(picture), 3, "image/png")}
    )

    sent = await send(session, PRESS, "1")
    uploaded = await session.prepare(asked)
    with pytest.raises(HistoryUnavailable):
        await session.history("0", 10)

    assert isinstance(sent, Throttled)
    assert isinstance(uploaded, NotSent)
    assert [discord.requests(MESSAGES), discord.requests(f"POST /channels/{HERE.id}/attachments")] == [[], []]
    assert session.held_until_monotonic_ms > 0


async def test_a_global_429_of_a_reading_keeps_the_post_back(discord: FakeDiscord, session: Session) -> None:
    prepared = await session.prepare(CREATE)
    assert isinstance(prepared, Prepared)
    discord.handlers[MESSAGES] = GLOBAL
    with pytest.raises(HistoryUnavailable):
        await session.history("0", 10)

    sent = await session.post(prepared, "1")

    assert isinstance(sent, NotSent)
    assert discord.requests(POSTS) == []


async def test_a_429_of_one_route_keeps_no_other_back(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[MESSAGES] = OF_A_ROUTE
    with pytest.raises(HistoryUnavailable):
        await session.history("0", 10)

    sent = await send(session, CREATE, "1")

    assert isinstance(sent, Taken)
    assert session.held_until_monotonic_ms == 0


@pytest.mark.parametrize(("token", "is_held"), [(SAME_PERSON, True), (ANOTHER_PERSON, False)])
async def test_another_token_of_the_person_keeps_to_it_and_another_person_does_not(
    discord: FakeDiscord,
    sessions: SelfbotSessions,
    session: Session,
    stored: Stored,
    token: str,
    *,
    is_held: bool,
) -> None:
    discord.tokens.add(token)
    other = sessions.open(token, THERE, stored)
    await until(other, "connected")
    discord.handlers[POSTS] = GLOBAL
    await send(session, PRESS, "1")
    del discord.handlers[POSTS]

    sent = await send(other, PRESS, "2")

    assert isinstance(sent, NotSent) is is_held
    assert len(discord.requests(POSTS)) == (1 if is_held else 2)


async def test_what_was_prepared_is_posted_by_the_gateway_session_that_is_live_then(
    discord: FakeDiscord, session: Session
) -> None:
    prepared = await session.prepare(CREATE)
    assert isinstance(prepared, Prepared)
    discord.resumes = False
    await discord.drop()
    await discord.until(lambda: len(discord.ops(2)) == 2)
    async with asyncio.timeout(30):
        while not session.condition.is_connected:
            await session.changed()

    sent = await session.post(prepared, "1")

    assert isinstance(sent, Taken)
    assert [post["session_id"] for post in discord.requests(POSTS)] == [f"session-{len(discord.sockets)}"]


async def test_a_command_that_was_forgotten_or_prepared_long_ago_is_not_current(
    discord: FakeDiscord, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The age is set: it would take ten minutes."""
    first, press = await session.prepare(CREATE), await session.prepare(PRESS)
    assert isinstance(first, Prepared)
    assert isinstance(press, Prepared)
    was_current = session.is_current(first)
    discord.handlers[POSTS] = answers(400, {"message": "INVALID_VERSION", "code": 50_035})
    await session.post(first, "1")
    is_still_current = session.is_current(first), session.is_current(press)
    second = await session.prepare(CREATE)
    assert isinstance(second, Prepared)

    monkeypatch.setattr("bridge.sessions.selfbot.sender.FRESH_MS", 0)

    assert (was_current, is_still_current) == (True, (False, True))
    assert (session.is_current(second), session.is_current(press)) == (False, False)
