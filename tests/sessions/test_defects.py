"""A defect in a connection never leaves an account that reconnects for ever without anybody trying."""

import asyncio

import pytest

from bridge.clock import SystemClock
from bridge.sessions.account_trouble import AccountTrouble
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.reconnect import Reconnect
from bridge.sessions.trouble import Trouble
from tests.sessions.conftest import HERE, QUICK, Stored, until
from tests.sessions.fake_discord import TOKEN, FakeDiscord, answers

DEFECT = "a defect"


async def test_a_pass_that_dies_of_a_defect_is_followed_by_the_next(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = asyncio.Event()

    def dying(_: AccountTrouble, __: Trouble) -> None:
        died.set()
        raise ValueError(DEFECT)

    monkeypatch.setattr(AccountTrouble, "find", dying)
    discord.handlers["GET /users/@me"] = answers(401, {"message": "401: Unauthorized", "code": 0})
    session = sessions.open(TOKEN, HERE, stored)
    async with asyncio.timeout(30):
        await died.wait()
    monkeypatch.undo()
    discord.handlers.clear()

    await until(session, "connected")


async def test_a_connection_that_dies_takes_its_owner_down(
    discord: FakeDiscord, endpoint: Endpoint, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dying(_: Reconnect, *, is_resume: bool) -> None:
        raise ValueError(DEFECT)

    async def stay_until_it_is_over() -> None:
        async with asyncio.timeout(30), SelfbotSessions(endpoint, SystemClock(), pacing=QUICK) as sessions:
            await until(sessions.open(TOKEN, HERE, stored), "connected")
            await discord.drop()
            await asyncio.Event().wait()

    monkeypatch.setattr(Reconnect, "wait", dying)
    with pytest.raises(ExceptionGroup) as raised:
        await stay_until_it_is_over()

    assert [str(error) for error in raised.value.exceptions] == [DEFECT]
