"""A token that Discord replaces is stored before anything else, by everyone who shares it."""

import asyncio

from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Session
from tests.sessions.conftest import HERE, Stored, until
from tests.sessions.fake_discord import TOKEN, FakeDiscord

NEW = "the.second.token"


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
