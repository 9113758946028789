"""A user who orders videos with discord.py-self."""

import asyncio
import json
import os

import discord
import yarl

STAGE = json.loads(os.environ["STAGE"])
SUBSCRIPTION = {"typing": True, "threads": True, "activities": False, "member_updates": False}


def tell(step: str, **seen: object) -> None:
    print(json.dumps({"step": step, **seen}), flush=True)


async def fixed_headers(*_: object, **__: object) -> discord.utils.Headers:
    return discord.utils.Headers(
        platform="Windows",
        major_version=136,
        super_properties={"browser_user_agent": "Mozilla/5.0"},
        encoded_super_properties="e30=",
    )


class User(discord.Client):
    def __init__(self) -> None:
        super().__init__(guild_subscriptions=False, chunk_guilds_at_startup=False)
        self.messages: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.edits: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.modals: asyncio.Queue[discord.Modal] = asyncio.Queue()

    async def on_message(self, message: discord.Message) -> None:
        self.messages.put_nowait(message)

    async def on_message_edit(self, _before: discord.Message, after: discord.Message) -> None:
        self.edits.put_nowait(after)

    async def on_modal(self, modal: discord.Modal) -> None:
        self.modals.put_nowait(modal)

    async def on_ready(self) -> None:
        await self.ws.bulk_guild_subscribe({str(guild.id): SUBSCRIPTION for guild in self.guilds})
        tell("ready", user=str(self.user.id))
        thread = self.get_guild(int(STAGE["guild_id"])).get_thread(int(STAGE["channel_id"]))
        tell("thread", id=str(thread.id), members=thread.member_count)
        commands = {each.name: each for each in await thread.application_commands()}
        tell("index", commands=sorted(commands))
        await self.order(commands["create"])

    async def order(self, create: discord.SlashCommand) -> None:
        interaction = await create(prompt="a cat", style="Anime")
        tell("created", nonce=str(interaction.nonce), successful=interaction.successful)
        first = await self.messages.get()
        tell("first", id=str(first.id), nonce=str(first.nonce), content=first.content)
        await self.press(await self.finished("done"))

    async def press(self, done: discord.Message) -> None:
        buttons = {each.label: each for row in done.components for each in row.children}
        await buttons["U1"].click()
        await self.finished("remade")
        # An interaction that a modal answers is never finished for this library: it is not waited for.
        asking = asyncio.create_task(buttons["V1"].click())
        modal = await self.modals.get()
        tell("modal", title=modal.title, custom_id=modal.custom_id)
        modal.components[0].children[0].answer("a dog")
        await modal.submit()
        await self.finished("remixed")
        await asyncio.gather(asking, return_exceptions=True)

    async def finished(self, step: str) -> discord.Message:
        while not (message := await self.edits.get()).attachments:
            pass
        faces = [each.label or str(each.emoji) for row in message.components for each in row.children]
        files = [each.filename for each in message.attachments]
        tell(step, id=str(message.id), content=message.content, files=files, faces=faces)
        return message


discord.http.Route.BASE = STAGE["api_url"] + "/v9"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(STAGE["gateway_url"])
discord.utils.Headers.default = fixed_headers
User().run(STAGE["accounts"][0]["token"])
