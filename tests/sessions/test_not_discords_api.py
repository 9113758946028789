"""What refuses a request before Discord's API has seen it says nothing of the account, and proves nothing."""

import pytest

from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import HistoryUnavailable, NotSent, Prepared, Session, Taken, Throttled, Unknown
from tests.sessions.conftest import HERE, Stored, send, until
from tests.sessions.fake_discord import TOKEN, FakeDiscord, Handler, answers
from tests.tools.cloudflare import page
from tests.tools.discord_requests import CREATE, LOGIN, POSTS, PRESS

INDEX = f"GET /guilds/{HERE.guild}/application-command-index"
MESSAGES = f"GET /channels/{HERE.id}/messages"
STATUSES = (400, 401, 403, 404, 407, 451)


ACCESS_DENIED = page(403, told={"message": "internal network error", "code": 40_333})
"""What Discord's documentation says of this code: Cloudflare is blocking the request."""


@pytest.mark.parametrize("blocked", [*map(page, STATUSES), ACCESS_DENIED], ids=[*map(str, STATUSES), "40333"])
async def test_a_post_that_is_blocked_on_its_way_is_in_doubt_and_the_account_is_well(
    discord: FakeDiscord, session: Session, blocked: Handler
) -> None:
    discord.handlers[POSTS] = blocked

    sent = await send(session, PRESS, "1")

    assert isinstance(sent, Unknown)
    assert session.condition.is_connected
    assert len(discord.requests(POSTS)) == 1


async def test_a_blocked_post_lets_the_next_one_wait_as_long_as_is_asked(
    discord: FakeDiscord, session: Session
) -> None:
    prepared = await session.prepare(PRESS)
    assert isinstance(prepared, Prepared)
    discord.handlers[POSTS] = page(403, {"Retry-After": "100"})
    await session.post(prepared, "1")
    del discord.handlers[POSTS]

    sent = await session.post(prepared, "2")

    assert isinstance(sent, NotSent)
    assert len(discord.requests(POSTS)) == 1


async def test_what_was_prepared_before_a_blocked_post_is_prepared_anew_to_learn_whether_the_way_is_free(
    discord: FakeDiscord, session: Session
) -> None:
    press, command = await session.prepare(PRESS), await session.prepare(CREATE)
    assert isinstance(press, Prepared)
    assert isinstance(command, Prepared)
    discord.handlers[POSTS] = page(403, {"Retry-After": "0"})
    await session.post(press, "1")
    discord.handlers[INDEX] = page(403)

    anew = await session.prepare(CREATE)

    assert not session.is_current(press)
    assert not session.is_current(command)
    assert isinstance(anew, NotSent)
    assert anew.is_outage
    assert not anew.is_lasting
    assert len(discord.requests(POSTS)) == 1


@pytest.mark.parametrize("status", STATUSES)
async def test_a_reading_that_is_blocked_is_tried_again_later_and_the_account_is_well(
    discord: FakeDiscord, session: Session, status: int
) -> None:
    discord.handlers[MESSAGES] = page(status)

    with pytest.raises(HistoryUnavailable) as raised:
        await session.history("0", 10)

    assert raised.value.status is None
    assert session.condition.is_connected


async def test_a_ban_without_a_time_is_about_everything(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[POSTS] = page(429, told={"code": 0, "message": "You are being blocked"})

    sent = await send(session, PRESS, "1")

    assert isinstance(sent, Throttled)
    assert sent.is_global
    assert session.held_until_monotonic_ms > 0


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_login_that_is_blocked_is_tried_again(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, status: int
) -> None:
    discord.handlers[LOGIN] = page(status)
    session = sessions.open(TOKEN, HERE, stored)
    await discord.until(lambda: len(discord.requests(LOGIN)) == 2)
    del discord.handlers[LOGIN]

    await until(session, "connected")
    sent = await send(session, PRESS, "1")

    assert isinstance(sent, Taken)


@pytest.mark.parametrize(("status", "standing"), [(401, "bad_token"), (403, "needs_human")])
async def test_a_login_that_discord_itself_refuses_needs_a_person(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, status: int, standing: str
) -> None:
    discord.handlers[LOGIN] = answers(status, {"message": "no", "code": 0})

    session = sessions.open(TOKEN, HERE, stored)

    await until(session, standing)
