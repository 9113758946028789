"""The unmodified discord.py-self plays a user: login, thread, command, button, modal, reconnects."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
import yarl
from discord import utils
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bridge.sandbox import Sandbox
from bridge.sandbox.media import picture
from tests.tools.raw_user import RawUser

LIMIT_S = 30.0


class Listener(discord.Client):
    """A client that keeps what it hears in queues."""

    def __init__(self) -> None:
        super().__init__(guild_subscriptions=False, chunk_guilds_at_startup=False)
        self.is_up = asyncio.Event()
        self.resumed = asyncio.Event()
        self.messages: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.edits: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.modals: asyncio.Queue[discord.Modal] = asyncio.Queue()

    async def on_ready(self) -> None:
        wanted: Any = {"typing": True, "threads": True, "activities": False, "member_updates": False}
        await self.ws.bulk_guild_subscribe({str(guild.id): wanted for guild in self.guilds})
        self.is_up.set()

    async def on_resumed(self) -> None:
        self.resumed.set()

    async def on_message(self, message: discord.Message) -> None:
        self.messages.put_nowait(message)

    async def on_message_edit(self, _before: discord.Message, after: discord.Message) -> None:
        self.edits.put_nowait(after)

    async def on_modal(self, modal: discord.Modal) -> None:
        self.modals.put_nowait(modal)

    async def finished(self) -> discord.Message:
        while not (message := await self.edits.get()).attachments:
            pass
        return message


@pytest.fixture
async def client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Listener]:
    world = sandbox.world()

    async def headers(*_: Any, **__: Any) -> utils.Headers:
        return utils.Headers(
            platform="Windows",
            major_version=136,
            super_properties={"browser_user_agent": "Mozilla/5.0"},
            encoded_super_properties="e30=",
        )

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(Route, "BASE", f"{world['api_url']}/v9")
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(world["gateway_url"]))
    monkeypatch.setattr(utils.Headers, "default", headers)
    listener = Listener()
    running = asyncio.create_task(listener.start(world["accounts"][0]["token"]))
    async with asyncio.timeout(LIMIT_S):
        await listener.is_up.wait()
        yield listener
    await listener.close()
    listener._connection.subscriptions._cancel()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def command(client: Listener, user: RawUser, name: str) -> Any:
    thread = client.guilds[0].get_thread(int(user.channel_id))
    assert thread is not None
    return next(each for each in await thread.application_commands() if each.name == name)


async def test_the_library_finds_the_thread_and_makes_a_video(client: Listener, user: RawUser) -> None:
    create = await command(client, user, "create")

    interaction = await create(prompt="a cat", style="Anime")
    first = await client.messages.get()
    done = await client.finished()

    assert interaction.successful
    assert str(first.nonce) == str(interaction.nonce)
    assert done.id == first.id
    assert len(done.attachments) == 4


async def test_the_library_presses_a_button_and_fills_a_modal(client: Listener, user: RawUser) -> None:
    await (await command(client, user, "create"))(prompt="a cat", style="Anime")
    done = await client.finished()
    rows: Any = done.components
    faces = {each.label: each for row in rows for each in row.children}

    pressing = asyncio.create_task(faces["V1"].click())
    modal: Any = await client.modals.get()
    modal.components[0].children[0].answer("a dog")
    await modal.submit()
    again = await client.finished()
    pressing.cancel()
    await asyncio.gather(pressing, return_exceptions=True)

    assert "a dog" in again.content
    assert len(again.attachments) == 1


async def test_the_library_uploads_a_picture(client: Listener, user: RawUser, tmp_path: Any) -> None:
    (tmp_path / "cat.png").write_bytes(picture())
    animate = await command(client, user, "animate")

    await animate(image=discord.File(tmp_path / "cat.png"), prompt="it runs")

    assert len((await client.finished()).attachments) == 1


@pytest.mark.parametrize("fault", ["drop_gateway", "reconnect"])
async def test_the_library_resumes_and_hears_what_it_missed(
    client: Listener, user: RawUser, fault: str
) -> None:
    create = await command(client, user, "create")
    await create(prompt="a cat", style="Anime")

    await user.fault(fault)
    await client.resumed.wait()

    assert (await client.finished()).attachments


async def test_the_library_identifies_anew_after_an_invalid_session(client: Listener, user: RawUser) -> None:
    client.is_up.clear()

    await user.fault("invalid_session")
    await client.is_up.wait()
    create = await command(client, user, "create")
    await create(prompt="a cat", style="Anime")

    assert (await client.finished()).attachments


async def test_the_library_is_told_of_a_bad_token(client: Listener) -> None:
    stranger = discord.Client()

    with pytest.raises(discord.LoginFailure):
        await stranger.login("wrong")

    await stranger.close()
