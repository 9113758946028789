"""Reading the history, one message, and fresh links."""

from typing import Any

import pytest
from aiohttp import web

from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import HistoryUnavailable, Session
from bridge.sessions.selfbot import reader
from tests.sessions.conftest import HERE, QUICK, Stored, until
from tests.sessions.fake_discord import TOKEN, FakeDiscord, answers, cut, hang, plain
from tests.tools.clocks import MovedClock

MESSAGES = f"GET /channels/{HERE.id}/messages"


def serve(count: int) -> Any:
    """Serve a history as Discord does: newest first, at most a hundred."""

    async def handle(request: web.Request) -> web.StreamResponse:
        after, limit = int(request.query.get("after", 0)), int(request.query["limit"])
        ids = [number for number in range(1, count + 1) if number > after][: min(limit, 100)]
        return plain([{"id": str(number), "channel_id": HERE.id, "content": ""} for number in ids[::-1]])

    return handle


async def test_history_comes_oldest_first_over_all_pages(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[MESSAGES] = serve(250)

    rows = await session.history("20", 1_000)

    assert [row.id for row in rows] == [str(number) for number in range(21, 251)]
    assert all(row.is_history for row in rows)


async def test_history_gives_no_more_than_asked_for(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[MESSAGES] = serve(250)

    assert [row.id for row in await session.history("0", 130)] == [str(number) for number in range(1, 131)]


async def test_a_message_is_looked_up_by_its_neighbourhood(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[MESSAGES] = answers(200, [{"id": "7", "channel_id": HERE.id, "content": "now"}])

    found, gone = await session.message("7"), await session.message("8")

    assert found is not None
    assert found.content == "now"
    assert gone is None
    assert discord.requests(MESSAGES)[0] == {"around": "7", "limit": "1"}


async def test_links_are_refreshed(discord: FakeDiscord, session: Session) -> None:
    pairs = [{"original": "old", "refreshed": "new"}, {"original": "odd"}]
    discord.handlers["POST /attachments/refresh-urls"] = answers(200, {"refreshed_urls": pairs})

    assert await session.refresh(["old", "odd"]) == {"old": "new"}


@pytest.mark.parametrize(
    ("handler", "limit_s", "status"),
    [(answers(404, {"code": 1}), 30, 404), (cut, 30, None), (hang, 0.3, None)],
)
async def test_what_discord_does_not_give_is_unavailable(
    discord: FakeDiscord,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    handler: Any,
    limit_s: float,
    status: int | None,
) -> None:
    monkeypatch.setattr(reader, "LIMIT_S", limit_s)
    discord.handlers[MESSAGES] = handler

    with pytest.raises(HistoryUnavailable) as raised:
        await session.history("1", 10)

    assert raised.value.status == status


async def test_a_throttled_read_waits_and_asks_again(discord: FakeDiscord, session: Session) -> None:
    async def throttled(request: object) -> Any:
        discord.handlers[MESSAGES] = serve(3)
        return plain({"retry_after": 0.01, "global": False}, 429)

    discord.handlers[MESSAGES] = throttled

    assert len(await session.history("0", 10)) == 3


@pytest.mark.parametrize("is_global", [True, False])
async def test_a_long_throttle_is_kept_to_without_asking(
    discord: FakeDiscord, session: Session, *, is_global: bool
) -> None:
    discord.handlers[MESSAGES] = answers(429, {"retry_after": 100, "global": is_global})

    for _ in range(3):
        with pytest.raises(HistoryUnavailable) as raised:
            await session.history("0", 10)
        assert raised.value.status == 429

    assert len(discord.requests(MESSAGES)) == 1


@pytest.mark.parametrize(("asked_s", "passed_s"), [(100, 100), (1e300, 86_401)])
async def test_no_throttle_holds_for_longer_than_a_day_or_longer_because_the_clock_was_set(
    discord: FakeDiscord, endpoint: Endpoint, asked_s: float, passed_s: float
) -> None:
    clock = MovedClock()
    async with SelfbotSessions(endpoint, clock, pacing=QUICK) as sessions:
        session = sessions.open(TOKEN, HERE, Stored())
        await until(session, "connected")
        discord.handlers[MESSAGES] = answers(429, {"retry_after": asked_s})
        with pytest.raises(HistoryUnavailable):
            await session.history("0", 10)
        discord.handlers[MESSAGES] = serve(3)

        clock.set_s(-3_600)
        await clock.advance(passed_s)

        assert len(await session.history("0", 10)) == 3


async def test_a_history_that_discord_fails_to_give_is_asked_for_once(
    discord: FakeDiscord, session: Session
) -> None:
    discord.handlers[MESSAGES] = answers(502, {"message": "down"})

    with pytest.raises(HistoryUnavailable):
        await session.history("0", 10)

    assert len(discord.requests(MESSAGES)) == 1


async def test_a_channel_that_cannot_be_read_needs_a_human(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[MESSAGES] = answers(403, {"message": "Missing Access", "code": 50001})

    with pytest.raises(HistoryUnavailable):
        await session.history("0", 10)

    assert session.condition.standing.value == "needs_human"


async def test_a_malformed_row_does_not_hide_the_others(discord: FakeDiscord, session: Session) -> None:
    rows = [{"id": "2", "channel_id": HERE.id}, {"id": "1"}, 5, {"channel_id": HERE.id}]
    discord.handlers[MESSAGES] = answers(200, rows)

    assert [row.id for row in await session.history("0", 10)] == ["2"]
