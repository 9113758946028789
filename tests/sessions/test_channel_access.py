"""An account that does not see its channel is told at the connect, and back by itself when it is let in."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from bridge.chat import Listening
from bridge.clock import SystemClock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.session import IN_QUESTION
from tests.sessions.conftest import HERE, QUICK, Listener, Stored, until
from tests.sessions.fake_discord import GUILD, TOKEN, FakeDiscord, answers, cut
from tests.sessions.fake_wire import USER
from tests.tools.clocks import MovedClock

LOOK = f"GET /channels/{HERE.id}/messages"
MISSING_ACCESS = answers(403, {"message": "Missing Access", "code": 50_001})
UNKNOWN_CHANNEL = answers(404, {"message": "Unknown Channel", "code": 10_003})
SEEN = answers(200, [])
LET_IN = {"id": HERE.id, "guild_id": GUILD, "added_members": [{"user_id": USER}], "removed_member_ids": []}


@pytest.fixture(autouse=True)
def a_member_of_the_server(discord: FakeDiscord) -> None:
    discord.ready_extra = {"guilds": [{"id": GUILD, "threads": []}]}


@pytest.mark.parametrize(
    ("answer", "reason", "remedy"),
    [
        (MISSING_ACCESS, "does not see the channel", "Add this account to the thread"),
        (UNKNOWN_CHANNEL, "no such channel or thread", "Copy the id of the thread"),
        (answers(403, {"message": "No", "code": 50_013}), "50013", "member of the server and of the thread"),
    ],
)
async def test_a_channel_that_the_account_does_not_see_is_told_without_a_job(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, answer: Any, reason: str, remedy: str
) -> None:
    discord.handlers[LOOK] = answer

    session = sessions.open(TOKEN, HERE, stored)
    await until(session, "needs_human")

    assert reason in (session.condition.reason or "")
    assert remedy in (session.condition.remedy or "")


async def test_a_thread_that_ready_lists_is_not_looked_at(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.ready_extra = {"guilds": [{"id": GUILD, "threads": [{"id": HERE.id}]}]}

    session = sessions.open(TOKEN, HERE, stored)
    await until(session, "connected")

    assert discord.requests(LOOK) == []


async def test_an_account_is_not_connected_before_the_look_is_answered(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    said: list[str | None] = []

    async def seen(request: Any) -> Any:
        said.append(session.condition.reason)
        return await SEEN(request)

    discord.handlers[LOOK] = seen
    session = sessions.open(TOKEN, HERE, stored)
    await until(session, "connected")

    assert said == [IN_QUESTION]
    assert await Listener(session).next() == Listening(is_resumed=False, user_id=USER)


@pytest.mark.parametrize("answer", [cut, answers(500), answers(429, {"retry_after": 60, "global": False})])
async def test_a_look_without_an_answer_proves_nothing(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, answer: Any
) -> None:
    discord.handlers[LOOK] = answer

    session = sessions.open(TOKEN, HERE, stored)
    await until(session, "connected")

    assert len(discord.requests(LOOK)) == 1


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("THREAD_MEMBERS_UPDATE", LET_IN),
        ("THREAD_CREATE", {"id": HERE.id, "guild_id": GUILD}),
        ("THREAD_LIST_SYNC", {"guild_id": GUILD, "threads": [{"id": HERE.id}]}),
        ("CHANNEL_UPDATE", {"id": HERE.id, "guild_id": GUILD}),
        ("GUILD_CREATE", {"id": GUILD}),
    ],
)
async def test_an_account_that_is_let_in_is_back_at_once_and_reads_what_it_missed(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, event: str, payload: dict[str, Any]
) -> None:
    discord.handlers[LOOK] = MISSING_ACCESS
    session = sessions.open(TOKEN, HERE, stored)
    listener = Listener(session)
    await listener.next()
    await until(session, "needs_human")
    discord.handlers[LOOK] = SEEN

    await discord.dispatch(event, payload)
    await until(session, "connected")

    assert await listener.next() == Listening(is_resumed=False, user_id=USER)
    assert len(discord.ops(37)) == 2


async def test_an_account_outside_the_server_is_back_when_it_joins(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.ready_extra = {"guilds": [{"id": "200000000000000009"}]}
    discord.handlers[LOOK] = SEEN
    session = sessions.open(TOKEN, HERE, stored)
    await until(session, "needs_human")
    before = discord.requests(LOOK)

    await discord.dispatch("GUILD_CREATE", {"id": GUILD})
    await until(session, "connected")

    assert before == []


async def test_the_log_calls_no_account_connected_that_does_not_see_its_channel(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.handlers[LOOK] = MISSING_ACCESS

    with capture_logs() as logs:
        session = sessions.open(TOKEN, HERE, stored)
        await until(session, "needs_human")
        before = len(logs)
        discord.handlers[LOOK] = SEEN
        await discord.dispatch("THREAD_MEMBERS_UPDATE", LET_IN)
        await until(session, "connected")

    told = [(index < before, each["event"]) for index, each in enumerate(logs) if "account" in each["event"]]
    assert told == [(True, "account_needs_a_person"), (False, "account_connected")]


async def test_without_an_event_the_next_look_finds_it(
    discord: FakeDiscord, endpoint: Endpoint, stored: Stored
) -> None:
    clock = MovedClock()
    discord.handlers[LOOK] = MISSING_ACCESS
    async with SelfbotSessions(endpoint, clock, pacing=QUICK) as sessions:
        session = sessions.open(TOKEN, HERE, stored)
        await until(session, "needs_human")
        discord.handlers[LOOK] = SEEN

        await clock.advance(300)
        await until(session, "connected")

    assert len(discord.requests(LOOK)) == 2


async def test_events_of_other_threads_cost_no_request(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.handlers[LOOK] = MISSING_ACCESS
    session = sessions.open(TOKEN, HERE, stored)
    await until(session, "needs_human")

    for number in range(5):
        await discord.dispatch("THREAD_CREATE", {"id": f"30000000000000009{number}", "guild_id": GUILD})
    discord.handlers[LOOK] = SEEN
    await discord.dispatch("THREAD_CREATE", {"id": HERE.id, "guild_id": GUILD})
    await until(session, "connected")

    assert len(discord.requests(LOOK)) == 2


async def test_a_closed_session_is_looked_at_no_more(
    discord: FakeDiscord, endpoint: Endpoint, stored: Stored
) -> None:
    discord.handlers[LOOK] = MISSING_ACCESS
    async with SelfbotSessions(endpoint, SystemClock(), pacing=QUICK) as sessions:
        session = sessions.open(TOKEN, HERE, stored)
        await until(session, "needs_human")

        await session.aclose()

    assert len(discord.requests(LOOK)) == 1
