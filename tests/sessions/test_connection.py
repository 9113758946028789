"""The life of a connection: lost and found again, paced, and left alone when a person has to act."""

import asyncio
from typing import Any

import pytest

from bridge.chat import InteractionFailed, Listening, Message
from bridge.clock import SystemClock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.pace import Pace, Pacing
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Session
from tests.sessions.conftest import HERE, QUICK, Listener, Stored, until
from tests.sessions.fake_discord import TOKEN, USER, FakeDiscord, Socket, answers, hang

NEW = "the.second.token"


async def test_a_cut_is_resumed_and_what_was_missed_is_replayed_once(
    discord: FakeDiscord, session: Session
) -> None:
    listener = Listener(session)
    await listener.next()
    missed = {"id": "5", "channel_id": HERE.id, "content": "missed"}
    discord.replays = [("MESSAGE_CREATE", missed)]

    await discord.drop()
    heard = [await listener.next(), await listener.next()]

    assert heard == [Message("5", HERE.id, content="missed"), Listening(is_resumed=True, user_id=USER)]
    assert len(discord.ops(37)) == 1
    assert len(discord.ops(6)) == 1


@pytest.mark.parametrize("op", [(7, None), (9, True)])
async def test_a_request_to_reconnect_is_followed_by_resume(
    discord: FakeDiscord, session: Session, op: tuple[int, Any]
) -> None:
    listener = Listener(session)
    await listener.next()

    await discord.socket.send(*op)

    assert await listener.next() == Listening(is_resumed=True, user_id=USER)
    assert session.condition.is_connected


async def test_an_invalid_session_is_replaced_and_subscribed_again(
    discord: FakeDiscord, session: Session
) -> None:
    listener = Listener(session)
    await listener.next()

    await discord.socket.send(9, False)

    assert await listener.next() == Listening(is_resumed=False, user_id=USER)
    await discord.until(lambda: len(discord.ops(37)) == 2)
    assert (len(discord.ops(2)), len(discord.ops(6))) == (2, 0)


@pytest.mark.parametrize(
    ("code", "is_resumed"),
    [
        *[(code, True) for code in (4000, 4001, 4002, 4005, 4008, 1011)],
        *[(code, False) for code in (1000, 1001, 4003, 4007, 4009)],
    ],
)
async def test_each_close_code_is_followed_by_what_discord_documents(
    discord: FakeDiscord, session: Session, code: int, is_resumed: bool
) -> None:
    listener = Listener(session)
    await listener.next()

    await discord.socket.ws.close(code=code)

    assert await listener.next() == Listening(is_resumed=is_resumed, user_id=USER)


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


async def test_reconnects_are_paced(discord: FakeDiscord, endpoint: Endpoint, stored: Stored) -> None:
    async def refuse(socket: Socket) -> None:
        await socket.send(9, False)

    class Clock(SystemClock):
        pauses: list[float] = []  # noqa: RUF012

        async def sleep(self, seconds: float) -> None:
            self.pauses.append(seconds)
            await asyncio.sleep(0)

    discord.on_identify = refuse
    clock = Clock()

    async with SelfbotSessions(endpoint, clock, pacing=Pacing(first_s=1, most_s=120)) as sessions:
        sessions.open(TOKEN, HERE, stored)
        await discord.until(lambda: len(discord.ops(2)) >= 6)

    for index, pause_s in enumerate(clock.pauses[:5]):
        assert 2**index / 2 <= pause_s <= 2**index


def test_a_pause_grows_to_a_limit_and_starts_over_after_a_steady_time() -> None:
    class Clock(SystemClock):
        at_ms = 0

        def now_ms(self) -> int:
            return self.at_ms

    clock = Clock()
    pace = Pace(clock, Pacing(first_s=1, most_s=60))
    assert pace.pause_s == 0

    for _ in range(20):
        pace.has_failed()
    assert 30 <= pace.pause_s <= 60

    pace.has_come_up()
    clock.at_ms += 60_000
    pace.has_failed()
    assert 0.5 <= pace.pause_s <= 1


async def test_a_dead_resume_address_is_given_up(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.resume_url = "ws://127.0.0.1:1/"
    session = sessions.open(TOKEN, HERE, stored)
    listener = Listener(session)
    await listener.next()

    await discord.drop()

    assert await listener.next() == Listening(is_resumed=False, user_id=USER)


async def test_a_gateway_that_acknowledges_no_heartbeat_is_left_although_it_speaks(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.acknowledges = False
    discord.heartbeat_ms = 100
    session = sessions.open(TOKEN, HERE, stored)
    listener = Listener(session)
    await listener.next()

    await discord.until(lambda: bool(discord.ops(6)))

    assert await listener.next() == Listening(is_resumed=True, user_id=USER)
    assert len(discord.ops(2)) == 1


@pytest.mark.parametrize("ready", [{"session_id": None, "resume_gateway_url": None}, {"user": 3}])
async def test_a_ready_that_makes_no_sense_is_survived(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored, ready: dict[str, Any]
) -> None:
    discord.ready_extra = ready
    session = sessions.open(TOKEN, HERE, stored)
    await discord.until(lambda: bool(discord.ops(2)))
    discord.ready_extra = {}

    await until(session, "connected")

    assert session.condition.is_connected


async def test_bytes_that_are_no_frame_are_survived(discord: FakeDiscord, session: Session) -> None:
    listener = Listener(session)
    await listener.next()

    await discord.socket.ws.send_bytes(b"no zlib stream\x00\x00\xff\xff")

    assert await listener.next() == Listening(is_resumed=False, user_id=USER)


async def test_a_replaced_token_is_stored_before_anything_is_sent(
    discord: FakeDiscord, sessions: SelfbotSessions
) -> None:
    discord.tokens.add(NEW)
    discord.ready_extra = {"auth_token": NEW}
    stores: list[str] = []

    async def store(token: str) -> None:
        await discord.until(lambda: bool(discord.requests("ready")))
        assert not discord.ops(37)
        assert not discord.ops(4)
        stores.append(token)

    session = sessions.open(TOKEN, HERE, store)
    await until(session, "connected")
    discord.ready_extra = {}
    await discord.drop()
    await discord.until(lambda: bool(discord.ops(6)))

    assert stores == [NEW]
    assert discord.ops(6)[0]["token"] == NEW


async def test_a_replaced_token_that_cannot_be_stored_is_stored_before_the_next_try(
    discord: FakeDiscord, sessions: SelfbotSessions
) -> None:
    discord.tokens.add(NEW)
    discord.ready_extra = {"auth_token": NEW}
    tries: list[str] = []

    async def store(token: str) -> None:
        tries.append(token)
        discord.ready_extra = {}
        if len(tries) == 1:
            raise OSError("disk full")

    session = sessions.open(TOKEN, HERE, store)
    await until(session, "connected")

    assert tries == [NEW, NEW]
    assert [each["token"] for each in discord.ops(2)] == [TOKEN, NEW]
    assert len(discord.ops(37)) == 1


async def test_all_who_share_a_token_are_told_the_new_one_and_go_on_sharing(
    discord: FakeDiscord, sessions: SelfbotSessions
) -> None:
    discord.tokens.add(NEW)
    discord.ready_extra = {"auth_token": NEW}
    stores = [Stored(), Stored(), Stored()]
    opened = [sessions.open(TOKEN, HERE, stores[0]), sessions.open(TOKEN, HERE, stores[1])]
    await asyncio.gather(*(until(session, "connected") for session in opened))

    later = sessions.open(NEW, HERE, stores[2])
    await until(later, "connected")

    assert [store.tokens for store in stores] == [[NEW], [NEW], []]
    assert len(discord.sockets) == 1


async def test_the_capability_that_asks_for_token_replacement_is_not_announced(
    discord: FakeDiscord, session: Session
) -> None:
    assert session.condition.is_connected
    assert discord.ops(2)[0]["capabilities"] & 1 << 8 == 0


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


async def test_a_login_that_fails_otherwise_is_tried_again(
    discord: FakeDiscord, sessions: SelfbotSessions, stored: Stored
) -> None:
    discord.handlers["GET /users/@me"] = answers(500, {"message": "down"})
    session = sessions.open(TOKEN, HERE, stored)
    await discord.until(lambda: len(discord.requests("GET /users/@me")) >= 2)
    discord.handlers.clear()

    await until(session, "connected")


@pytest.mark.parametrize(
    "moment", ["at once", "in login", "in greeting", "connected", "resting", "reconnecting"]
)
async def test_closing_is_quick_and_leaves_nothing_behind(
    discord: FakeDiscord, endpoint: Endpoint, stored: Stored, moment: str
) -> None:
    before = asyncio.all_tasks()
    slow = Pacing(first_s=600, most_s=600) if moment == "reconnecting" else QUICK
    if moment == "in login":
        discord.handlers["GET /users/@me"] = hang
    discord.greets = moment != "in greeting"

    async with SelfbotSessions(endpoint, SystemClock(), pacing=slow) as sessions:
        session = sessions.open(TOKEN, HERE, stored)
        await _reach(moment, discord, session)
        begun = asyncio.get_running_loop().time()
        await session.aclose()
    took_s = asyncio.get_running_loop().time() - begun
    await asyncio.sleep(0)

    ours = {task for task in asyncio.all_tasks() - before if "aiohttp" not in repr(task.get_coro())}
    assert took_s < 2
    assert not ours


async def _reach(moment: str, discord: FakeDiscord, session: Session) -> None:
    if moment == "in login":
        await discord.until(lambda: bool(discord.requests("GET /users/@me")))
    elif moment == "in greeting":
        await discord.until(lambda: bool(discord.ops(2)))
    elif moment in ("connected", "resting", "reconnecting"):
        await until(session, "connected")
    if moment == "resting":
        await discord.socket.ws.close(code=4004)
        await until(session, "bad_token")
    elif moment == "reconnecting":
        await discord.drop()
        await until(session, "reconnecting")


async def test_a_cancelled_reader_goes_and_nothing_is_lost(discord: FakeDiscord, session: Session) -> None:
    listener = Listener(session)
    await listener.next()
    waiting = asyncio.create_task(listener.next())
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.wait({waiting})
    await discord.dispatch("INTERACTION_FAILURE", {"id": "1", "nonce": "2", "reason_code": 2})

    assert waiting.cancelled()
    assert await Listener(session).next() == InteractionFailed("1", "2", 2)
