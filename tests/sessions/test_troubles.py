"""What only a person can mend ends the attempts, with a reason and a remedy."""

from typing import Any

import pytest

from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Session
from tests.sessions.conftest import HERE, Stored, until
from tests.sessions.fake_discord import TOKEN, FakeDiscord, answers
from tests.sessions.fake_wire import USER


@pytest.mark.parametrize(
    ("code", "standing"), [(4004, "bad_token"), (4010, "stopped"), (4014, "stopped"), (4015, "needs_human")]
)
async def test_a_close_that_is_final_is_not_tried_again(
    discord: FakeDiscord, session: Session, code: int, standing: str
) -> None:
    await discord.socket.ws.close(code=code)
    await until(session, standing)

    assert session.condition.reason
    assert session.condition.remedy
    assert len(discord.sockets) == 1


async def test_a_refused_token_is_bad_until_the_account_is_opened_again(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.tokens.clear()
    first = sessions.open(TOKEN, HERE, stored)
    await until(first, "bad_token")
    discord.tokens.add(TOKEN)

    second = sessions.open(TOKEN, HERE, stored)
    await until(second, "connected")

    assert len(discord.requests("GET /users/@me")) == 2
    assert first.condition.is_connected


async def test_a_required_action_needs_a_human_until_discord_takes_it_back(
    discord: FakeDiscord, session: Session
) -> None:
    await discord.dispatch("USER_REQUIRED_ACTION_UPDATE", {"required_action": "REQUIRE_CAPTCHA"})
    await until(session, "needs_human")
    assert "REQUIRE_CAPTCHA" in (session.condition.reason or "")

    await discord.dispatch("USER_REQUIRED_ACTION_UPDATE", {"required_action": None})
    await until(session, "connected")


async def test_a_required_action_in_ready_needs_a_human(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.ready_extra = {"required_action": "AGREEMENTS"}

    session = sessions.open(TOKEN, HERE, stored)
    await until(session, "needs_human")

    assert "AGREEMENTS" in (session.condition.reason or "")


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("THREAD_DELETE", {"id": HERE.id, "guild_id": HERE.guild}),
        ("CHANNEL_DELETE", {"id": HERE.id}),
        ("GUILD_DELETE", {"id": HERE.guild}),
        ("THREAD_MEMBERS_UPDATE", {"id": HERE.id, "removed_member_ids": [USER]}),
    ],
)
async def test_a_channel_that_is_gone_needs_a_human(
    discord: FakeDiscord, session: Session, event: str, payload: dict[str, Any]
) -> None:
    await discord.dispatch(event, payload)

    await until(session, "needs_human")

    assert session.condition.remedy


async def test_a_login_that_asks_for_a_captcha_needs_a_human(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.handlers["GET /users/@me"] = answers(400, {"captcha_key": ["x"], "captcha_service": "hcaptcha"})

    session = sessions.open(TOKEN, HERE, stored)
    await until(session, "needs_human")

    assert "captcha" in (session.condition.reason or "")
