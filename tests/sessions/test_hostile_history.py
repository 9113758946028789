"""A history as Discord should never send it: what cannot be read hides no other row and ends no reading."""

from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bridge.sessions.port import HistoryUnavailable, Session
from tests.sessions.conftest import HERE
from tests.sessions.fake_discord import FakeDiscord, answers, plain

MESSAGES = f"GET /channels/{HERE.id}/messages"
LONG = "9" * 5_000
FIELDS = ("flags", "author", "attachments", "embeds", "components", "nonce", "content")
HOSTILE: dict[str, str] = {
    "an id that is too long": f'{{"id": "{LONG}"}}',
    "a number that is too long": f'{{"id": {LONG}}}',
    "a number too long elsewhere": f'{{"id": {LONG}, "flags": {LONG}, "embeds": [{{"image": {LONG}}}]}}',
    "an id that is negative": '{"id": "-5"}',
    "a negative number": '{"id": -5}',
    "an id that is no number": '{"id": "x"}',
    "digits of another script": '{"id": "\\u0663"}',
    "half a character": '{"id": "\\ud800"}',
    "an id of another type": '{"id": {"id": ["1"]}}',
    "a truth": '{"id": true}',
    "a fraction": '{"id": 1.5}',
    "an infinite number": '{"id": 1e999}',
    "no number at all": '{"id": NaN}',
    "no id": "{}",
    "nothing": "null",
    "text": '"5"',
    "a list": "[[[[5]]]]",
    "an object without a channel": '{"id": "7"}',
    "nested nonsense": '{"id": "7", "channel_id": [], "author": [{}], "embeds": {"a": [[5]]}}',
}


def says(body: str) -> Any:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body.encode(), headers={"Content-Type": "application/json"})

    return handle


@pytest.mark.parametrize("row", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_row_that_cannot_be_read_is_left_out_and_logged(
    discord: FakeDiscord, session: Session, row: str
) -> None:
    good = f'{{"id": "8", "channel_id": "{HERE.id}"}}'
    discord.handlers[MESSAGES] = says(f"[{row}, {good}, {row}]")

    with capture_logs() as lines:
        rows = await session.history("0", 10)
        found = await session.message("8")

    assert [row.id for row in rows] == ["8"]
    assert found is not None
    assert any("not_understood" in line["event"] for line in lines)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "value", [LONG, f'"{LONG}"', "[[1]]", "[{}]", '{"id": [], "type": 2}', "1e400", "-1"]
)
async def test_a_row_is_read_whatever_its_fields_hold(
    discord: FakeDiscord, session: Session, field: str, value: str
) -> None:
    row = f'{{"id": "8", "channel_id": "{HERE.id}", "{field}": {value}}}'
    discord.handlers[MESSAGES] = says(f"[{row}]")

    assert [row.id for row in await session.history("0", 10)] == ["8"]


@pytest.mark.parametrize("body", ["5", "{}", "null", '"x"', "", "<html>", "[" * 100_000, "\u0000"])
async def test_an_answer_that_is_no_list_is_no_history(
    discord: FakeDiscord, session: Session, body: str
) -> None:
    discord.handlers[MESSAGES] = says(body)

    with pytest.raises(HistoryUnavailable):
        await session.history("0", 10)
    with pytest.raises(HistoryUnavailable):
        await session.message("7")


def spoil(ids: range | set[int], how: str = "channel_id") -> Any:
    """Serve 250 messages as Discord does, some of them without a field."""

    async def handle(request: web.Request) -> web.StreamResponse:
        after, limit = int(request.query.get("after", 0)), int(request.query["limit"])
        numbers = [number for number in range(1, 251) if number > after][: min(limit, 100)]
        rows = [{"id": str(number), "channel_id": HERE.id} for number in numbers]
        for row in rows:
            if int(row["id"]) in ids:
                del row[how]
        return plain(rows[::-1])

    return handle


@pytest.mark.parametrize("how", ["channel_id", "id"])
@pytest.mark.parametrize(
    "ids", [{50}, {1}, {100}, {99, 100, 101}, set(range(20, 100)), set(range(2, 250, 2))]
)
async def test_rows_that_cannot_be_read_end_no_reading(
    discord: FakeDiscord, session: Session, ids: set[int], how: str
) -> None:
    discord.handlers[MESSAGES] = spoil(ids, how)
    seen: list[str] = []

    page = await session.history("0", 100)
    while page:
        seen += [row.id for row in page]
        page = await session.history(seen[-1], 100) if len(page) == 100 else []

    assert seen == [str(number) for number in range(1, 251) if number not in ids]


async def test_a_whole_page_that_cannot_be_read_ends_no_reading(
    discord: FakeDiscord, session: Session
) -> None:
    discord.handlers[MESSAGES] = spoil(range(1, 221))

    rows = await session.history("0", 100)

    assert [row.id for row in rows] == [str(number) for number in range(221, 251)]


async def test_a_full_page_without_any_id_is_no_end(discord: FakeDiscord, session: Session) -> None:
    discord.handlers[MESSAGES] = spoil(range(101, 201), "id")

    with pytest.raises(HistoryUnavailable):
        await session.history("0", 250)


async def test_a_history_that_does_not_go_on_is_no_end(discord: FakeDiscord, session: Session) -> None:
    rows = [{"id": str(number), "channel_id": HERE.id} for number in range(1, 101)]
    discord.handlers[MESSAGES] = answers(200, rows)

    with pytest.raises(HistoryUnavailable):
        await session.history("0", 250)

    assert len(discord.requests(MESSAGES)) == 2


async def test_what_can_never_be_read_is_asked_for_within_bounds(
    discord: FakeDiscord, session: Session
) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        after = int(request.query["after"])
        return plain([{"id": str(after + number)} for number in range(1, int(request.query["limit"]) + 1)])

    discord.handlers[MESSAGES] = endless

    with pytest.raises(HistoryUnavailable):
        await session.history("0", 100)

    assert len(discord.requests(MESSAGES)) <= 20
