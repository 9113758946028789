"""Whatever Discord's REST API answers, each call returns what the port says, and the session goes on."""

import json
from random import Random
from typing import Any

from aiohttp import web

from bridge.chat import ButtonPress, SlashCommand
from bridge.sessions.port import HistoryUnavailable, NotSent, Prepared, Rejected, Session, Taken, Unknown
from bridge.sessions.selfbot.answers import Answer, account_trouble, channel_trouble, judge
from tests.fuzz.made_up import HOSTILE, damaged, damaged_bytes, made, value
from tests.fuzz.trying import Trial
from tests.sessions.conftest import HERE
from tests.sessions.conftest import discord as discord
from tests.sessions.conftest import endpoint as endpoint
from tests.sessions.conftest import session as session
from tests.sessions.conftest import sessions as sessions
from tests.sessions.conftest import stored as stored
from tests.sessions.fake_discord import APPLICATION, COMMAND, FakeDiscord
from tests.sessions.fake_wire import user

ROW = {
    "id": "8",
    "channel_id": HERE.id,
    "author": user(),
    "content": "a",
    "attachments": [{"id": "1", "url": "u"}],
}
ANSWERS: tuple[Any, ...] = (
    [ROW, ROW],
    {"refreshed_urls": [{"original": "https://cdn/a", "refreshed": "https://cdn/b"}]},
    {"applications": [{"id": APPLICATION, "name": "PixVerse"}], "application_commands": [COMMAND]},
    {"message": "Invalid Form Body", "code": 50035, "errors": {"data": {"_errors": [{"code": "X"}]}}},
    {"message": "Unknown interaction", "code": 10062, "retry_after": 1.5, "global": False},
)
ORDERS = ("captcha_key", "10003", "40002", "40013", "40014")
"""What an answer may order: that a person acts, or that the channel is gone."""
STATUSES = (200, 200, 200, 201, 204, 400, 404, 405, 410, 413, 500, 502, 503, 504, 520, 530)
"""Those that order nothing: 401, 403 and 429 are tried without a session."""
NAMES = ("retry-after", "x-ratelimit-scope", "x-ratelimit-global", "content-type", "x-ratelimit-reset-after")
CALLS = ("history", "message", "refresh", "command", "button")


def body(chance: Random) -> bytes:
    """Return a body: a damaged one, any JSON, or any bytes."""
    kind = chance.randrange(10)
    if kind == 0:
        return b"[" * chance.randrange(100_000)
    if kind < 4:
        return damaged_bytes(chance, *(json.dumps(answer).encode() for answer in ANSWERS))
    return json.dumps(value(chance) if kind == 4 else damaged(chance, *ANSWERS)).encode()


def headers(chance: Random) -> dict[str, str]:
    """Return headers of which the bridge reads some."""
    values = [str(each) for each in HOSTILE if str(each).isascii() and str(each).isprintable()]
    return {name: chance.choice(values)[:200] for name in NAMES if not chance.randrange(4)}


async def test_no_answer_is_beyond_judgement(trial: Trial) -> None:
    answers = made(lambda chance: Answer(chance.randrange(100, 600), headers(chance), body(chance)))

    async def read(answer: Answer) -> None:
        judge(answer)
        account_trouble(answer)
        channel_trouble(answer)

    await trial.run(answers, read, few=200)


async def test_no_answer_ends_a_session(discord: FakeDiscord, session: Session, trial: Trial) -> None:
    said = made(lambda chance: (chance.choice(CALLS), chance.choice(STATUSES), headers(chance), body(chance)))

    async def ask(drawn: tuple[str, int, dict[str, str], bytes]) -> None:
        call, status, extra, content = drawn

        async def answer(request: web.Request) -> web.StreamResponse:
            await request.read()
            return web.Response(status=status, headers=extra, body=b"" if status == 204 else content)

        for path in ("GET /channels", "POST /attachments", "GET /guilds", "POST /interactions"):
            discord.handlers[path] = answer
        await discord.dispatch("GUILD_APPLICATION_COMMAND_INDEX_UPDATE", {"guild_id": HERE.guild})
        await _call(session, call)

    await trial.run(said.filter(_orders_nothing), ask, few=60)

    assert len(discord.sockets) == 1
    assert session.condition.is_connected


def _orders_nothing(said: tuple[str, int, dict[str, str], bytes]) -> bool:
    return not any(order.encode() in said[-1] for order in ORDERS)


async def _call(session: Session, call: str) -> None:
    """Make one call; whatever it raises besides what the port says is a fault."""
    try:
        if call == "history":
            await session.history("0", 10)
        elif call == "message":
            await session.message("8")
        elif call == "refresh":
            await session.refresh(["https://cdn/a"])
    except HistoryUnavailable:
        return
    if call == "command":
        await _run(session, SlashCommand(APPLICATION, "create", {"prompt": "a cat"}))
    elif call == "button":
        await _run(session, ButtonPress(APPLICATION, "8", 0, "again"))


async def _run(session: Session, interaction: SlashCommand | ButtonPress) -> None:
    prepared = await session.prepare(interaction)
    assert isinstance(prepared, Prepared | NotSent)
    if isinstance(prepared, Prepared):
        assert isinstance(await session.post(prepared, "12"), Taken | NotSent | Rejected | Unknown)
