"""Transfers are looked after while there are any: an idle connection has no timer of ours."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from curl_cffi.requests import AsyncSession

from bridge.sessions.port import Session
from bridge.sessions.selfbot.calm_curl import CalmCurl, calmed
from tests.sessions.fake_discord import FakeDiscord, answers, hang


@pytest.fixture
async def http() -> AsyncIterator["AsyncSession[Any]"]:
    session: AsyncSession[Any] = calmed(AsyncSession())
    yield session
    await session.close()


async def is_looked_after(curl: Any) -> bool:
    await asyncio.sleep(0)
    return bool(curl.is_looking)


async def test_nobody_looks_before_the_first_transfer_and_after_the_last(
    discord: FakeDiscord, http: "AsyncSession[Any]"
) -> None:
    discord.handlers["GET /one"] = answers(200, {})
    before = await is_looked_after(http.acurl)

    first = await http.get(f"{discord.url}/api/v9/one")
    between = await is_looked_after(http.acurl)
    second = await http.get(f"{discord.url}/api/v9/one")

    assert [before, between, await is_looked_after(http.acurl)] == [False] * 3
    assert [first.status_code, second.status_code] == [200, 200]


async def test_a_transfer_is_looked_after_until_it_has_ended(
    discord: FakeDiscord, http: "AsyncSession[Any]"
) -> None:
    discord.handlers["GET /slow"] = hang
    discord.handlers["GET /one"] = answers(200, {})
    slow = asyncio.create_task(http.get(f"{discord.url}/api/v9/slow"))
    await discord.until(lambda: bool(discord.requests("GET /slow")))

    await http.get(f"{discord.url}/api/v9/one")
    beside_another = await is_looked_after(http.acurl)
    slow.cancel()
    await asyncio.wait({slow})

    assert beside_another
    assert not await is_looked_after(http.acurl)


async def test_a_request_that_times_out_ends_in_time(discord: FakeDiscord, http: "AsyncSession[Any]") -> None:
    discord.handlers["GET /slow"] = hang

    with pytest.raises(Exception, match="timed out"):
        await http.get(f"{discord.url}/api/v9/slow", timeout=0.2)

    assert not await is_looked_after(http.acurl)


async def test_a_connection_that_only_listens_is_not_looked_after(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    monkeypatch.setattr(CalmCurl, "socket_action", lambda *_: looked.append(1))

    for _ in range(20):
        await asyncio.to_thread(lambda: None)

    assert (session.condition.is_connected, looked) == (True, [])
